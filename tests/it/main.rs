//! What users, players and scripts can do to the whole program, one module for each.

mod bad_input;
mod browsing;
mod clock_jumps;
mod demo;
mod encrypted;
mod faulty_disks;
mod hand_over;
mod hostile_requests;
mod https;
mod interface;
mod kernel_tls;
mod layers;
mod leftovers;
mod library_scan;
mod memory_cap;
mod no_films;
mod one_film;
mod overload;
mod pictures;
mod preconditions;
mod range_requests;
mod real_clients;
mod service_manager;
mod shutdown;
mod subtitles;
mod zero_copy;
