//! Notifications over real sockets: a mail server and webhooks. The service that sends them is in `cli::notifications`.

pub(crate) mod mail_server;
mod ways;
