"""What the REST API takes and gives, as structs: one file per resource, shared by the server and its client."""
