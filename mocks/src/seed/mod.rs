//! Ready states to start a mock with.

mod accounting;
mod cluster301;
mod documents;
mod file;
mod generate;
mod vat;
mod vtiger;
mod vtiger_generate;

pub use accounting::{COMPANY_ID, Oddities, cluster301_documents};
pub use cluster301::{
    CompanyRow, DocumentRow, SeedError, cluster301, company_rows, document_rows, expected_csv, owner_id,
};
pub use documents::write_documents;
pub use file::portal_from_json;
pub use generate::{Size, portal};
pub use vat::vat_number;
pub use vtiger::{
    ACCESS_KEY, ADMIN, PIPELINE_LABEL, PeopleField, vtiger_cluster301, vtiger_cluster301_invoices,
    vtiger_owner_id, vtiger_owners,
};
pub use vtiger_generate::{VTigerSize, vtiger_generated};
