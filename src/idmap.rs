//! ID mappings: split over the ranges a process has, translated, read from text.
