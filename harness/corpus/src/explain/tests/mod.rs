mod corpus;
mod paste;
