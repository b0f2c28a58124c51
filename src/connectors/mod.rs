//! The systems that sirank reads from and writes to, each behind one of the two ports.

pub mod csv;
pub mod dolibarr;
pub mod fatturapa;
pub mod fattureincloud;
pub mod hubspot;
pub mod odoo;
pub mod sql;
pub mod vtiger;
