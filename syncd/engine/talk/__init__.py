"""What people say on tickets: comments are read once, questions remembered, commands carried out."""
