//! Every rule the compiler decides by: its id, and what it says in one sentence.
