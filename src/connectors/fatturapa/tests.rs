//! Every published sample file, with its expected values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::envelope::unwrapped;
use super::invoice::{Content, Identity};
use super::record::{Place, Remembered};
use super::text::text_of;
use super::xml;
use crate::domain::document::{DocumentDraft, Standing};
use crate::domain::intake::{CurrencyRules, intake};
use crate::ports::{KeyedRecords, KnownRecord};

fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/fatturapa");
    if !folder.exists() {
        println!("skipped: there is no ../shared/data/fatturapa");
        return None;
    }
    Some(folder)
}

type Row = BTreeMap<String, String>;

fn expected(folder: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(folder.join("expected.csv")).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn read(file: &Path) -> Result<Content, String> {
    let bytes = std::fs::read(file).unwrap();
    xml::read(&text_of(&unwrapped(&bytes)?))
}

fn draft_of(record: &Remembered) -> DocumentDraft {
    let record = record.record(&Place::file("a.xml"));
    let known = KnownRecord { path: "a.xml".to_owned(), content: record.content, refused: false };
    super::record::draft(KeyedRecords { key: record.key, records: vec![known] }, false).unwrap()
}

fn text(field: Option<&String>) -> &str {
    field.map_or("", String::as_str)
}

fn identity(identity: &Identity) -> [&str; 2] {
    [text(identity.country.as_ref()), text(identity.vat_code.as_ref())]
}

#[test]
fn every_sample_has_its_expected_values_or_is_refused() {
    let Some(folder) = samples() else { return };
    let rows = expected(&folder);
    let mut compared = 0;
    for row in &rows {
        let (file, number) = (&row["file"], row["body"].parse::<usize>().ok());
        let content = read(&folder.join(file));
        match row["expect"].as_str() {
            "skip" => {
                assert!(matches!(content, Ok(Content::Other(_))), "{file}: {content:?}");
                compared += 1;
                continue;
            }
            "reject" if content.is_err() => {
                assert!(content.unwrap_err().len() > 10, "{file}: with a reason");
                compared += 1;
                continue;
            }
            _ => {}
        }
        let Ok(Content::Invoice(invoice)) = content else { panic!("{file}: {content:?}") };
        let body = invoice.bodies[number.unwrap() - 1].clone();
        let remembered = Remembered::of(&invoice.header, body.clone(), &Place::file(file));
        let draft = draft_of(&remembered);
        let document = intake(
            draft.clone(),
            &CurrencyRules { rates: [("USD".to_owned(), 1.into())].into(), ..CurrencyRules::default() },
        );
        if row["expect"] == "reject" {
            let Standing::Rejected { detail, .. } = document.standing else { panic!("{file}: {document:?}") };
            assert!(detail.len() > 10, "{file}: with a reason");
            compared += 1;
            continue;
        }
        let customer = invoice.header.customer.unwrap_or_default();
        let found = [
            identity(&invoice.header.seller)[0],
            identity(&invoice.header.seller)[1],
            identity(&customer)[0],
            identity(&customer)[1],
            text(customer.tax_code.as_ref()),
            text(customer.name.as_ref()),
            text(body.document_type.as_ref()),
            text(body.number.as_ref()),
            text(body.date.as_ref()),
            text(body.currency.as_ref()),
        ];
        let wanted = [
            "seller_country",
            "seller_vat",
            "customer_country",
            "customer_vat",
            "customer_tax_code",
            "customer_name",
            "doc_type",
            "number",
            "date",
            "currency",
        ];
        assert_eq!(found, wanted.map(|column| row[column].as_str()), "{file}");
        let net: rust_decimal::Decimal = row["net_total"].parse().unwrap();
        assert_eq!(body.net, Some(net), "{file}");
        // What becomes of it: the signed amount, unless it is no sale.
        if row["note"].contains("not a sale") {
            assert!(matches!(document.standing, Standing::NotCounted(_)), "{file}");
        } else {
            let amount = document.amount.unwrap().cents;
            assert_eq!(crate::domain::money::Money::from(amount).to_string(), row["signed_net"], "{file}");
            assert!(matches!(document.standing, Standing::Counts { .. }), "{file}: {:?}", document.standing);
        }
        compared += 1;
    }
    assert_eq!(compared, rows.len());
    assert!(compared > 55);
}

#[test]
fn what_has_no_end_or_no_sense_is_refused_in_words() {
    let deep = format!("<FatturaElettronica>{}", "<a>".repeat(200));
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    let table = [
        ("", "no XML"),
        ("<FatturaElettronica", "root element"),
        ("<FatturaElettronica versione=\"FPR12\">", "ends before"),
        ("<FatturaElettronica><a></b></FatturaElettronica>", "broken"),
        ("<FatturaElettronica></FatturaElettronica>", "FatturaElettronicaBody"),
        (
            "<FatturaElettronica><FatturaElettronicaBody><a/></FatturaElettronicaBody></FatturaElettronica>",
            "CedentePrestatore",
        ),
        (deep.as_str(), "deep"),
        (laughs, "document type definition"),
        (
            "<!DOCTYPE FatturaElettronica SYSTEM \"http://x/y\"><FatturaElettronica/>",
            "document type definition",
        ),
        ("<?xml", "ends before"),
    ];
    for (text, word) in table {
        let refused = xml::read(text).unwrap_err();
        assert!(refused.contains(word), "{text:.60}: {refused}");
    }
}

#[test]
fn broken_namespaces_comments_cdata_and_entities_do_no_harm() {
    let text = "<?xml version=\"1.0\"?>\n<?xml-stylesheet href=\"a.xsl\"?><!-- > -->\n\
        <p:FatturaElettronica xmlns:p=\"http://a/ b\"\" versione=\"FPR12\">\
        <FatturaElettronicaHeader><CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese>\
        <IdCodice>01234567897</IdCodice></IdFiscaleIVA></DatiAnagrafici></CedentePrestatore>\
        <CessionarioCommittente><DatiAnagrafici><CodiceFiscale> RSSMRA80A01H501U\n</CodiceFiscale>\
        <Anagrafica><Denominazione>A &amp; B & <![CDATA[C <D>]]><!-- E --> &#233;&ignored;</Denominazione></Anagrafica>\
        </DatiAnagrafici><RappresentanteFiscale><IdFiscaleIVA><IdCodice>9</IdCodice></IdFiscaleIVA></RappresentanteFiscale>\
        </CessionarioCommittente></FatturaElettronicaHeader>\
        <q:FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD01</TipoDocumento>\
        <Numero>1</Numero></DatiGeneraliDocumento></DatiGenerali><DatiBeniServizi><DettaglioLinee><PrezzoTotale>7</PrezzoTotale>\
        </DettaglioLinee><DatiRiepilogo><ImponibileImporto> 10.50 </ImponibileImporto></DatiRiepilogo>\
        <DatiRiepilogo><ImponibileImporto>-0.5</ImponibileImporto></DatiRiepilogo></DatiBeniServizi>\
        <Allegati><Attachment>AAAA</Attachment></Allegati></q:FatturaElettronicaBody></p:FatturaElettronica>";
    let Ok(Content::Invoice(invoice)) = xml::read(text) else { panic!("{:?}", xml::read(text)) };
    let customer = invoice.header.customer.unwrap();
    assert_eq!(customer.name.as_deref(), Some("A & B & C <D> é"));
    assert_eq!(customer.tax_code.as_deref(), Some("RSSMRA80A01H501U"));
    assert_eq!(customer.vat_code, None, "the representative's number is not the customer's");
    assert_eq!(invoice.bodies[0].net, Some(10.into()));
}

#[test]
fn whatever_is_in_a_line_it_ends_where_it_ends() {
    let net = |line: &str| {
        let text = format!(
            "<FatturaElettronica><FatturaElettronicaHeader><CedentePrestatore/></FatturaElettronicaHeader>\
             <FatturaElettronicaBody><DatiBeniServizi>{line}<DatiRiepilogo><ImponibileImporto>10.50\
             </ImponibileImporto></DatiRiepilogo></DatiBeniServizi></FatturaElettronicaBody></FatturaElettronica>"
        );
        match xml::read(&text.replace("<CedentePrestatore/>", "<CedentePrestatore></CedentePrestatore>"))? {
            Content::Invoice(invoice) => Ok(invoice.bodies[0].net),
            other => Err(format!("{other:?}")),
        }
    };
    for line in [
        "<DettaglioLinee><Descrizione>A</Descrizione></DettaglioLinee>",
        "<DettaglioLinee/><DettaglioLinee ></DettaglioLinee >",
        "<q:DettaglioLinee><a><DettaglioLineeX/></DettaglioLineeX></a></q:DettaglioLinee\n>",
        "<DettaglioLinee><!-- </DettaglioLinee> --><ImponibileImporto>1</ImponibileImporto></DettaglioLinee>",
        "<DettaglioLinee><![CDATA[</DettaglioLinee><ImponibileImporto>1</ImponibileImporto>]]></DettaglioLinee>",
        "<DettaglioLinee><DettaglioLinee><a/></DettaglioLinee><ImponibileImporto>1</ImponibileImporto></DettaglioLinee>",
        "<DettaglioLinee><?a </DettaglioLinee> ?></DettaglioLinee>",
        "<DettaglioLinee><Descrizione>3 & 4 è</Descrizione></DettaglioLinee>",
    ] {
        assert_eq!(net(line), Ok(Some("10.50".parse().unwrap())), "{line}");
    }
    for line in
        ["<DettaglioLinee>", "<DettaglioLinee></DettaglioLineeX>", "<DettaglioLinee><!-- </DettaglioLinee>"]
    {
        assert!(net(line).unwrap_err().contains("cut off"), "{line}");
    }
}

#[test]
fn copies_that_do_not_agree_are_told() {
    let record = |place: &str, net: i64, name: &str, refused| {
        let body = super::invoice::Body {
            document_type: Some("TD01".to_owned()),
            number: Some("1".to_owned()),
            net: Some(net.into()),
            ..Default::default()
        };
        let customer = Identity { name: Some(name.to_owned()), ..Identity::default() };
        let header = super::invoice::Header { customer: Some(customer), ..Default::default() };
        let file = Place::file(place);
        let content = Remembered::of(&header, body, &file).record(&file).content;
        KnownRecord { path: place.to_owned(), content, refused }
    };
    let told = |records: &[&KnownRecord]| {
        let records = records.iter().copied().cloned().collect();
        super::record::differing(&KeyedRecords { key: "S 2026 1".to_owned(), records })
    };
    let (first, same) = (record("a.xml", 1, "A", false), record("b.xml", 1, "A S.p.A.", false));
    let (other, refused) = (record("c.xml", 2, "A", false), record("d.xml", 2, "A", true));
    assert_eq!(told(&[&first]), None);
    assert_eq!(told(&[&first, &same, &refused]), None);
    assert_eq!(told(&[&first, &same, &other, &refused]).as_deref(), Some("S 2026 1 in a.xml and c.xml"));
}

#[test]
fn kinds_say_what_counts() {
    use crate::domain::document::{
        DocumentKind::{CreditNote, Invoice},
        DraftKind,
        NotCounted::NoSale,
    };
    let of = |kind: &str, count_asset_sales| {
        let body = super::invoice::Body {
            document_type: Some(kind.to_owned()),
            number: Some("1".to_owned()),
            ..Default::default()
        };
        let header = super::invoice::Header { customer: Some(Identity::default()), ..Default::default() };
        let file = Place::file("a.xml");
        let record = Remembered::of(&header, body, &file).record(&file);
        let known = KnownRecord { path: "a.xml".to_owned(), content: record.content, refused: false };
        super::record::draft(KeyedRecords { key: "k".to_owned(), records: vec![known] }, count_asset_sales)
            .unwrap()
            .kind
    };
    for kind in ["TD01", "TD02", "TD03", "TD05", "TD06", "TD07", "TD09", "TD24", "TD25"] {
        assert_eq!(of(kind, false), Ok(DraftKind::Issued(Invoice)), "{kind}");
    }
    for kind in ["TD04", "TD08"] {
        assert_eq!(of(kind, false), Ok(DraftKind::Issued(CreditNote)), "{kind}");
    }
    for kind in ["TD16", "TD17", "TD20", "TD23", "TD26", "TD27", "TD28", "TD29"] {
        assert_eq!(of(kind, false), Ok(DraftKind::NotCounted(NoSale)), "{kind}");
    }
    assert_eq!(of("TD26", true), Ok(DraftKind::Issued(Invoice)));
    assert_eq!(of("TD99", true), Err("TD99".to_owned()), "a future type is rejected with its name");
}

#[test]
fn an_amount_is_written_as_decimals_are_and_a_tax_can_be_taken_out() {
    let simplified = |line: &str| {
        let text = format!(
            "<FatturaElettronicaSemplificata><FatturaElettronicaHeader><CedentePrestatore></CedentePrestatore>\
             </FatturaElettronicaHeader><FatturaElettronicaBody><DatiBeniServizi>{line}</DatiBeniServizi>\
             </FatturaElettronicaBody></FatturaElettronicaSemplificata>"
        );
        match xml::read(&text) {
            Ok(Content::Invoice(invoice)) => (invoice.bodies[0].net, invoice.bodies[0].fault.clone()),
            other => panic!("{other:?}"),
        }
    };
    let rate = |rate: &str| format!("<Importo>122</Importo><DatiIVA><Aliquota>{rate}</Aliquota></DatiIVA>");
    assert_eq!(simplified(&rate("22.00")), (Some(100.into()), None));
    assert_eq!(simplified("<Importo>122</Importo>"), (Some(122.into()), None));
    for line in [rate("-100"), rate("-22"), rate("2_2"), "<Importo>1_220</Importo>".to_owned()] {
        let (_, fault) = simplified(&line);
        assert!(fault.is_some(), "{line}");
    }
}

#[test]
fn of_two_invoices_in_one_file_none_is_lost_unsaid() {
    let one = "<FatturaElettronica><FatturaElettronicaHeader><CedentePrestatore></CedentePrestatore>\
               </FatturaElettronicaHeader><FatturaElettronicaBody></FatturaElettronicaBody></FatturaElettronica>";
    assert!(xml::read(&format!("{one}<!-- FatturaElettronica --> ")).is_ok());
    assert!(xml::read(&format!("{one}\n{one}")).unwrap_err().contains("another invoice"));
}

#[test]
fn a_copy_that_can_be_used_comes_before_a_later_one_that_cannot() {
    let record = |file: &str, kind: &str, net: Option<i64>| {
        let body = super::invoice::Body {
            document_type: Some(kind.to_owned()),
            number: Some("1".to_owned()),
            date: Some("2026-01-05+01:00".to_owned()),
            net: net.map(Into::into),
            ..Default::default()
        };
        let header = super::invoice::Header { customer: Some(Identity::default()), ..Default::default() };
        let file = Place::file(file);
        let content = Remembered::of(&header, body, &file).record(&file).content;
        KnownRecord { path: file.to_string(), content, refused: false }
    };
    let chosen = |records: Vec<KnownRecord>| {
        super::record::draft(KeyedRecords { key: "k".to_owned(), records }, false).unwrap().place
    };
    let (good, later) = (record("a.xml", "TD01", Some(1)), record("b.xml", "TD01", Some(1)));
    assert_eq!(chosen(vec![good.clone(), later]), "b.xml");
    assert_eq!(chosen(vec![good.clone(), record("b.xml", "TD01", None)]), "a.xml");
    assert_eq!(chosen(vec![good.clone(), record("b.xml", "TD99", Some(1))]), "a.xml");
    assert_eq!(chosen(vec![record("a.xml", "TD99", None), record("b.xml", "TD99", None)]), "b.xml");
    // What is no sale never counts: that its copies differ is of no interest.
    let differ = |kind: &str| {
        let records = vec![record("a.xml", kind, Some(1)), record("b.xml", kind, Some(2))];
        super::record::differing(&KeyedRecords { key: "k".to_owned(), records })
    };
    assert!(differ("TD01").is_some() && differ("TD16").is_none());
}
