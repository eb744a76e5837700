# Redmine as Debian ships it, and beside it a clock that the tests can put forward.
# frozen_string_literal: true

module Ahead
  class << self
    attr_accessor :seconds
  end
  self.seconds = 0.0

  def now(...) = super + Ahead.seconds
end
Time.singleton_class.prepend(Ahead)

require "/usr/share/redmine/config/environment"

# Nothing here has to outlive a power cut.
ActiveRecord::Base.connection.execute("PRAGMA synchronous = OFF")
Rails.logger.level = :warn

# The header says by how many seconds the tests are ahead of the machine's clock. One request at a time: `-t 1:1`.
run lambda { |env|
  Ahead.seconds = env.fetch("HTTP_X_TEST_AHEAD_S", "0").to_f
  Rails.application.call(env)
}
