//! sirank keeps a company's customer analytics alive inside its CRM.
