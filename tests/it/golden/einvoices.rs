//! The documents of a data set as the e-invoices that an Italian company would have sent for them, in every form in which a
//! folder holds them, read back by the product's own source.
//!
//! The data set's customers have a number and nothing else. Each becomes, by that number and so that it can be told from all
//! others, an Italian company, a person with a tax code alone, or a company abroad; the CRM's side is written by the same
//! number, in another spelling.

use rust_decimal::Decimal;
use sirank::domain::company::CompanyKeysText;
use sirank::domain::document::DocumentDraft;

use super::dataset::Row;
use super::forms::drafts;
use crate::fatturapa::folder::Folder;
use crate::fatturapa::writer::{
    Customer, Document, Encoding, Name, archive, e_invoice, enveloped, receipt, refusal,
};

/// What a customer's number makes it.
struct Identity {
    in_invoices: Customer,
    in_the_crm: CompanyKeysText,
}

fn identity(number: &str) -> Identity {
    let digits: u32 = number.parse().unwrap();
    let padded = format!("{digits:010}");
    let italian = format!("{padded}{}", check_digit(&padded));
    let name = |text: &str| Name::Company(format!("{text} {number}"));
    let keys = |vat: Option<String>, tax: Option<String>, country: Option<&str>| CompanyKeysText {
        vat_number: vat,
        tax_code: tax,
        country: country.map(str::to_owned),
        ..CompanyKeysText::default()
    };
    let abroad = |country: &'static str, code: String, crm: CompanyKeysText| Identity {
        in_invoices: Customer { vat: Some((country, code)), tax_code: None, name: name("Muster & Söhne") },
        in_the_crm: crm,
    };
    match digits % 8 {
        // A person: a tax code and no VAT number.
        0 => {
            let code = format!("PRVCST{}A{}H50{}Z", &padded[5..7], &padded[7..9], &padded[9..]);
            Identity {
                in_invoices: Customer {
                    vat: None,
                    tax_code: Some(code.clone()),
                    name: Name::Person { first: "Niccolò".to_owned(), last: format!("Prova {number}") },
                },
                in_the_crm: keys(None, Some(code.to_lowercase()), Some("IT")),
            }
        }
        1 => abroad("DE", padded.clone(), keys(Some(format!("DE {padded}")), None, Some("DE"))),
        // Some programs repeat the country.
        2 => abroad("SI", format!("SI{padded}"), keys(Some(padded.clone()), None, Some("SI"))),
        3 => abroad("EL", padded.clone(), keys(Some(format!("GR{padded}")), None, Some("GR"))),
        // The tax code of a company is mostly its VAT number.
        4 => Identity {
            in_invoices: Customer {
                vat: Some(("IT", italian.clone())),
                tax_code: Some(italian.clone()),
                name: name("Cliente S.p.A."),
            },
            in_the_crm: keys(Some(format!("IT{italian}")), Some(italian), None),
        },
        _ => Identity {
            in_invoices: Customer {
                vat: Some(("IT", italian.clone())),
                tax_code: None,
                name: name("Caffè «Prova» S.r.l."),
            },
            in_the_crm: keys(Some(format!("{}.{}", &italian[..5], &italian[5..])), None, Some("IT")),
        },
    }
}

/// What the CRM holds of a customer.
pub(super) fn keys_in_the_crm(number: &str) -> CompanyKeysText {
    identity(number).in_the_crm
}

/// The last digit of an Italian VAT number.
fn check_digit(ten: &str) -> u32 {
    let sum: u32 = ten
        .bytes()
        .map(|byte| u32::from(byte - b'0'))
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    (10 - sum % 10) % 10
}

/// A document of the data set: with its amount in one summary or two, with or without stamp duty and a stated total, a
/// credit note as `TD04` (mostly with a positive amount, sometimes with a negative one) or as an invoice below zero.
fn document(place: usize, row: &Row) -> Document {
    let net: Decimal = row["net_amount"].parse().unwrap();
    let is_credit = row["kind"] == "credit_note";
    let (kind, sign) = match (is_credit, place % 10) {
        (true, 3) => ("TD01", -1),
        (true, 6) => ("TD04", -1),
        (true, _) => ("TD04", 1),
        (false, 2) => ("TD24", 1),
        (false, 4) => ("TD06", 1),
        (false, _) => ("TD01", 1),
    };
    let exempt: Decimal =
        if place.is_multiple_of(3) && net > Decimal::TEN { "3.37".parse().unwrap() } else { 0.into() };
    let mut summaries = vec![(Decimal::from(sign) * (net - exempt), Decimal::from(22))];
    if !exempt.is_zero() {
        summaries.push((Decimal::from(sign) * exempt, Decimal::ZERO));
    }
    Document {
        kind,
        number: row["document_id"].clone(),
        date: format!("{}{}", row["date"], if place.is_multiple_of(11) { "+01:00" } else { "" }),
        summaries,
        stamp_duty: place.is_multiple_of(5),
        with_total: !place.is_multiple_of(7),
    }
}

/// Writes the e-invoices of a data set into a folder, as what they are kept as: a file each, lots, envelopes, archives, the
/// same ones twice, among notifications, refused files and the invoices of others.
fn fill(folder: &Folder, documents: &[Row]) {
    let mut by_customer: Vec<(&str, Vec<Document>)> = Vec::new();
    let mut sorted: Vec<&Row> = documents.iter().collect();
    sorted.sort_by_key(|row| (&row["vat_number"], &row["date"]));
    for (place, row) in sorted.into_iter().enumerate() {
        let number = row["vat_number"].as_str();
        if by_customer.last().is_none_or(|(last, _)| *last != number) {
            by_customer.push((number, Vec::new()));
        }
        by_customer.last_mut().unwrap().1.push(document(place, row));
    }
    for (place, (number, documents)) in by_customer.into_iter().enumerate() {
        let customer = identity(number).in_invoices;
        let name = format!("IT01234567897_{number}");
        let lot = || e_invoice(&customer, &documents);
        match place % 6 {
            0 => one_by_one(folder, &name, &customer, &documents),
            1 => drop(folder.put(&format!("lots/{name}.xml"), windows_1252(&lot()))),
            2 => drop(
                folder.put(&format!("signed/{name}.xml.p7m"), enveloped(lot().as_bytes(), Encoding::Ber)),
            ),
            3 => drop(folder.put(&format!("portal/{name}.zip"), zipped(&name, &customer, &documents))),
            // As it was sent and as it was signed, which is one invoice.
            4 => {
                let signed = enveloped(&utf_16(&lot()), Encoding::Der);
                folder.put(&format!("sent/{name}.xml"), utf_16(&lot()));
                folder.put(&format!("kept/{name}.xml.p7m"), signed);
            }
            // Refused with wrong amounts, and sent again.
            _ => {
                let wrong: Vec<Document> = documents
                    .iter()
                    .map(|document| Document { summaries: vec![(1.into(), 22.into())], ..document.clone() })
                    .collect();
                folder.put(&format!("{name}_a.xml"), e_invoice(&customer, &wrong));
                folder.put(&format!("{name}_a_NS_001.xml"), refusal(&format!("{name}_a.xml.p7m")));
                folder.put(&format!("{name}_b.xml"), lot());
            }
        }
    }
}

fn one_by_one(folder: &Folder, name: &str, customer: &Customer, documents: &[Document]) {
    for (place, document) in documents.iter().enumerate() {
        let xml = e_invoice(customer, std::slice::from_ref(document));
        let file = format!("{name}_{place:05}");
        // What is received lies among what is sent.
        if place == 0 {
            let of_another = xml.replace("01234567897", "09999999993");
            folder.put(&format!("{file}_received.xml"), of_another);
            folder.put(&format!("{file}_RC_001.xml"), receipt(&format!("{file}.xml")));
        }
        folder.put(&format!("{file}.xml"), xml);
    }
}

fn zipped(name: &str, customer: &Customer, documents: &[Document]) -> Vec<u8> {
    let files: Vec<(String, String)> = documents
        .iter()
        .enumerate()
        .map(|(place, document)| {
            (format!("{name}_{place:05}.xml"), e_invoice(customer, std::slice::from_ref(document)))
        })
        .collect();
    archive(files.iter().map(|(name, xml)| (name.clone(), xml.as_bytes())))
}

fn windows_1252(xml: &str) -> Vec<u8> {
    let xml = xml.replace("encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"");
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(&xml);
    assert!(!unmappable);
    bytes.into_owned()
}

fn utf_16(xml: &str) -> Vec<u8> {
    let xml = xml.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
    [0xFEFF].into_iter().chain(xml.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// The documents of a data set, read from a folder of e-invoices.
pub(super) async fn read(documents: &[Row]) -> Vec<DocumentDraft> {
    let folder = Folder::new();
    fill(&folder, documents);
    drafts(&folder.source()).await
}
