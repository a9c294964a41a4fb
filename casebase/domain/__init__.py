"""What a case is, how it is classified, who may do what with it, and what a search asks and answers. Pure."""
