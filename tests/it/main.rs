//! What users, players and scripts can do to the whole program, one module for each.

mod layers;
