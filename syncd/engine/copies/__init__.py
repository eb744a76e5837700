"""Comments and files of linked items, copied to the other side and kept in step."""
