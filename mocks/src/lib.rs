//! Stateful mock servers of the systems that sirank talks to, over real HTTP on loopback.
