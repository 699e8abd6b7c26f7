mod answers;
mod corpus;
mod har;
mod paste;
