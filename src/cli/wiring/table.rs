//! Settings become the way in which tables are read.

use crate::domain::document::{DocumentKind, DraftKind, NotCounted};
use crate::domain::table::{
    Column, ColumnNames, KindMeaning, KindTexts, SignTexts, StatusMeaning, StatusTexts,
};
use crate::settings::accounting::{TableColumns, TableKinds, TableSigns, TableStatuses};

/// What the columns are called.
pub(super) fn column_names(columns: &TableColumns) -> ColumnNames {
    ColumnNames::new(|column| match column {
        Column::DocumentId => columns.document_id.clone(),
        Column::Number => columns.number.clone(),
        Column::Series => columns.series.clone(),
        Column::Date => columns.date.clone(),
        Column::NetAmount => columns.net_amount.clone(),
        Column::GrossAmount => columns.gross_amount.clone(),
        Column::TaxAmount => columns.tax_amount.clone(),
        Column::Kind => columns.kind.clone(),
        Column::Status => columns.status.clone(),
        Column::Sign => columns.sign.clone(),
        Column::CustomerId => columns.customer_id.clone(),
        Column::VatNumber => columns.vat_number.clone(),
        Column::TaxCode => columns.tax_code.clone(),
        Column::CustomerName => columns.customer_name.clone(),
        Column::Country => columns.country.clone(),
        Column::Currency => columns.currency.clone(),
        Column::ExchangeRate => columns.exchange_rate.clone(),
        Column::UpdatedAt => columns.updated_at.clone(),
        Column::Seller => columns.seller.clone(),
    })
}

/// What the texts of kinds mean.
pub(super) fn kinds(kinds: TableKinds) -> KindTexts {
    let document = KindMeaning::Document;
    let not_counted = |why| document(DraftKind::NotCounted(why));
    let meanings = [
        (kinds.invoice, document(DraftKind::Issued(DocumentKind::Invoice))),
        (kinds.credit_note, document(DraftKind::Issued(DocumentKind::CreditNote))),
        (kinds.draft, not_counted(NotCounted::Draft)),
        (kinds.pro_forma, not_counted(NotCounted::ProForma)),
        (kinds.void, not_counted(NotCounted::Void)),
        (kinds.discarded, not_counted(NotCounted::Discarded)),
        (kinds.ignore, KindMeaning::Ignored),
    ];
    KindTexts::new(each(meanings))
}

/// What the texts of statuses mean.
pub(super) fn statuses(statuses: TableStatuses) -> StatusTexts {
    let meanings = [
        (statuses.counted, StatusMeaning::Counted),
        (statuses.draft, StatusMeaning::NotCounted(NotCounted::Draft)),
        (statuses.void, StatusMeaning::NotCounted(NotCounted::Void)),
        (statuses.discarded, StatusMeaning::NotCounted(NotCounted::Discarded)),
        (statuses.ignore, StatusMeaning::Ignored),
    ];
    StatusTexts::new(each(meanings))
}

/// What the texts of signs mean: true takes away.
pub(super) fn signs(signs: TableSigns) -> SignTexts {
    SignTexts::new(each([(signs.plus, false), (signs.minus, true)]))
}

/// Every text with its meaning.
fn each<Meaning: Copy, const N: usize>(
    lists: [(Vec<String>, Meaning); N],
) -> impl Iterator<Item = (String, Meaning)> {
    lists.into_iter().flat_map(|(texts, meaning)| texts.into_iter().map(move |text| (text, meaning)))
}
