# Fills an empty Redmine for the tests. Run once by `rails runner`; prints what the tests need to know as JSON.
# frozen_string_literal: true

require "json"

Setting.rest_api_enabled = "1"
Setting.default_language = "en"
Setting.text_formatting = "markdown"
Setting.default_users_hide_mail = "0"
Setting.attachment_max_size = "256"
Setting.notified_events = []
Mailer.perform_deliveries = false

def account(login, first, last, admin: false, status: User::STATUS_ACTIVE)
  user = User.new(firstname: first, lastname: last, mail: "#{login}@example.org", admin: admin, status: status, language: "en")
  user.login = login
  user.password = user.password_confirmation = "#{login}-password"
  user.save!
  user.pref.update!(hide_mail: false, auto_watch_on: ["issue_contributed_to"])
  Token.where(user: user, action: "api").delete_all
  Token.create!(user: user, action: "api").update_column(:value, "#{login}key")
  user
end

people = {
  "chief" => account("chief", "Carla", "Chief", admin: true),
  "bot" => account("bot", "Sync", "Robot"),
  "dana" => account("dana", "Dana", "Demo"),
  "mara" => account("mara", "Mara", "Muster"),
  "leo" => account("leo", "Leo", "Launch"),
  "pia" => account("pia", "Leo", "Launch"),
  "gone" => account("gone", "Gina", "Gone", status: User::STATUS_LOCKED)
}
people["gone"].update_column(:status, User::STATUS_LOCKED)

# --- trackers and workflows: "Task" knows every way, "Campaign" only the ones in its chain -------------------------

statuses = IssueStatus.sorted.to_a.to_h { |status| [status.name, status] }
manager = Role.find_by!(name: "Manager")
reader = Role.find_by!(name: "Reporter")
robot = Role.create!(
  name: "Robot", assignable: true, issues_visibility: "all", users_visibility: "all",
  permissions: %i[view_issues add_issues edit_issues add_issue_notes edit_own_issue_notes set_notes_private
                  view_private_notes manage_subtasks manage_issue_relations add_issue_attachments]
)
manager.add_permission!(:view_private_notes, :set_notes_private, :edit_issue_notes, :set_issues_private)

def ways(tracker, role, pairs)
  pairs.each do |old, new|
    WorkflowTransition.create!(tracker: tracker, role: role, old_status_id: old&.id || 0, new_status_id: new.id)
  end
end

task = Tracker.create!(name: "Task", default_status: statuses.fetch("New"), position: 1)
story = Tracker.create!(name: "Story", default_status: statuses.fetch("New"))
campaign = Tracker.create!(name: "Campaign", default_status: statuses.fetch("New"))
chain = ["New", "In Progress", "Resolved", "Closed"].map { |name| statuses.fetch(name) }
[manager, robot].each do |role|
  [task, story].each do |tracker|
    ways(tracker, role, chain.product(chain).reject { |old, new| old == new } + [[nil, chain.first]])
  end
end
everywhere = statuses.values
ways(campaign, manager, everywhere.product(everywhere).reject { |old, new| old == new } + [[nil, chain.first]])
ways(campaign, robot, chain.each_cons(2).to_a + [[nil, chain.first], [chain[1], statuses.fetch("Rejected")]])
trackers = [task, story, campaign]

# --- custom fields -----------------------------------------------------------------------------------------------

def custom(name, format, trackers, **more)
  IssueCustomField.create!(
    name: name, field_format: format, is_for_all: true, is_filter: true, visible: true, trackers: trackers, **more
  )
end

custom("Channel", "list", trackers, possible_values: %w[Web Mail Print])
custom("Labels", "list", trackers, multiple: true,
       possible_values: %w[web campaign-2026 campaign old kept other there theirs new])
custom("Launch date", "date", trackers)
custom("Budget", "float", trackers)
custom("Visitors", "int", trackers)
custom("Audience", "string", trackers)
custom("Approved", "bool", trackers)
custom("IT owner", "user", trackers)
custom("Made by", "string", trackers)
custom("Story only", "string", [story])
region = custom("Region", "enumeration", trackers)
%w[North South].each_with_index { |name, place| region.enumerations.create!(name: name, position: place + 1) }

# --- the projects --------------------------------------------------------------------------------------------------

def project(name, identifier, trackers, members, public: false)
  made = Project.new(name: name, is_public: public, enabled_module_names: ["issue_tracking"])
  made.identifier = identifier
  made.trackers = trackers
  made.save!
  members.each { |user, role| Member.create!(project: made, user: user, roles: [role]) }
  made
end

members = people.to_h { |login, user| [user, login == "bot" ? robot : manager] }
members.delete(people["gone"])
web = project("Web campaigns", "web", trackers, members)
open = project("Open campaigns", "open", trackers, members, public: true)
elsewhere = project("Elsewhere", "elsewhere", trackers, members)
hidden = project("Hidden", "hidden", trackers, { people["dana"] => manager })
IssueCategory.create!(project: web, name: "Website")
IssueCategory.create!(project: web, name: "Shop")

puts JSON.generate(
  people: people.transform_values { |user| { id: user.id, name: user.name, mail: user.mail } },
  projects: [web, open, elsewhere, hidden].to_h { |one| [one.identifier, one.id] },
  trackers: trackers.to_h { |one| [one.name, one.id] },
  statuses: statuses.transform_values(&:id),
  priorities: IssuePriority.all.to_h { |one| [one.name, one.id] },
  fields: IssueCustomField.all.to_h { |one| [one.name, one.id] },
  regions: region.enumerations.reload.to_h { |one| [one.name, one.id] }
)
