//! Every oddity of real e-invoices that is known, one by one, through the source and the intake.

use std::collections::BTreeMap;

use sirank::domain::document::{DocumentKind, NotCounted, SourceDocument, Standing};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::domain::keys::{PartyKeys, TaxCode};
use sirank::domain::money::Money;

use super::folder::{Folder, whole};
use super::invoice;
use super::writer::{Customer, Document, Name, e_invoice};

/// What becomes of the documents of one file, by their number.
async fn documents(xml: impl AsRef<[u8]>) -> BTreeMap<String, SourceDocument> {
    let folder = Folder::new();
    folder.put("a.xml", xml);
    taken_in(&folder, &CurrencyRules::default()).await
}

async fn taken_in(folder: &Folder, currency: &CurrencyRules) -> BTreeMap<String, SourceDocument> {
    let drafts = whole(&folder.source()).await;
    drafts.into_iter().map(|draft| (draft.number.clone(), intake(draft, currency))).collect()
}

/// The only document: its kind, its day and its amount.
async fn counted(xml: impl AsRef<[u8]>) -> (DocumentKind, String, String) {
    let documents = documents(xml).await;
    assert_eq!(documents.len(), 1, "{documents:?}");
    let document = documents.into_values().next().unwrap();
    let Standing::Counts { day, kind, net } = document.standing else { panic!("{document:?}") };
    (kind, day.to_string(), Money::from(net).to_string())
}

async fn rejected(xml: impl AsRef<[u8]>) -> String {
    let documents = documents(xml).await;
    let Some(SourceDocument { standing: Standing::Rejected { detail, .. }, .. }) =
        documents.values().next().filter(|_| documents.len() == 1)
    else {
        panic!("{documents:?}")
    };
    detail.clone()
}

fn issued(kind: DocumentKind, net: &str) -> (DocumentKind, String, String) {
    (kind, "2026-02-01".to_owned(), net.to_owned())
}

fn plain() -> String {
    invoice("TD01", "1", "2026-02-01", "100.00")
}

/// The part of an invoice that is replaced has to be there.
fn with(xml: &str, part: &str, other: &str) -> String {
    assert!(xml.contains(part), "{part}");
    xml.replace(part, other)
}

#[tokio::test]
async fn the_root_has_any_prefix_version_and_namespace() {
    let p = plain();
    let prefixed = |prefix: &str| {
        let xml = p.replace("<p:", &format!("<{prefix}")).replace("</p:", &format!("</{prefix}"));
        xml.replace("xmlns:p=", if prefix.is_empty() { "xmlns=" } else { "xmlns:q=" })
    };
    let version = |version: &str| with(&p, "versione=\"FPR12\"", &format!("versione=\"{version}\""));
    let old = with(
        &version("1.1"),
        "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2",
        "http://www.fatturapa.gov.it/sdi/fatturapa/v1.1",
    );
    let forms = [
        prefixed(""),
        prefixed("ns0:"),
        prefixed("ns3:"),
        prefixed("q1:"),
        version("FPA12"),
        old,
        with(&p, " versione=\"FPR12\"", ""),
        // A quotation mark too many, and a blank inside the address.
        with(&p, "fatture/v1.2\"", "fatture/v1.2\"\""),
        with(&p, "docs/xsd", "docs /xsd"),
        // No declaration at all, blanks before it, a style sheet and a comment.
        with(&p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", ""),
        format!("\r\n   {p}"),
        with(&p, "?>\n", "?>\n<?xml-stylesheet type=\"text/xsl\" href=\"fatturapa.xsl\"?><!-- <x> -->\n"),
    ];
    for xml in forms {
        assert_eq!(counted(&xml).await, issued(DocumentKind::Invoice, "100.00"), "{xml:.200}");
    }
}

#[tokio::test]
async fn a_lot_is_as_many_documents_as_it_has_bodies() {
    let lot = [
        Document::new("TD01", "1/A", "2025-12-31", "100.00"),
        Document::new("TD01", "1/A", "2026-01-01", "50.00"),
        Document::new("TD04", "1/A", "2026-01-01", "20.00"),
    ];
    let folder = Folder::new();
    folder.put("lot.xml", e_invoice(&Customer::default(), &lot));
    let drafts = whole(&folder.source()).await;
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    // A number may be used again next year, and by credit notes.
    assert_eq!(ids, ["IT01234567897 2025 1/A", "IT01234567897 2026 1/A", "IT01234567897 2026 1/A NC"]);
}

#[tokio::test]
async fn the_net_is_the_sum_of_the_summaries_whatever_the_total_says() {
    let net = |amount: &str| amount.parse().unwrap();
    let document = Document {
        summaries: vec![(net("100.10"), 22.into()), (net("50.05"), 10.into()), (net("3.00"), 0.into())],
        ..Document::new("TD01", "1", "2026-02-01", "0")
    };
    let several = e_invoice(&Customer::default(), &[document]);
    let total = |xml: &str, total: &str| {
        let (before, rest) = xml.split_once("<ImportoTotaleDocumento>").unwrap();
        let (_, after) = rest.split_once("</ImportoTotaleDocumento>").unwrap();
        format!("{before}{total}{after}")
    };
    for xml in [
        several.clone(),
        total(&several, ""),
        total(&several, "<ImportoTotaleDocumento>1.00</ImportoTotaleDocumento>"),
        // Withholding, split payment, rounding and a fund are no part of it.
        with(
            &several,
            "</DatiGeneraliDocumento>",
            "<DatiRitenuta><ImportoRitenuta>20.00</ImportoRitenuta></DatiRitenuta><DatiCassaPrevidenziale>\
             <ImponibileCassa>9.00</ImponibileCassa></DatiCassaPrevidenziale><Arrotondamento>0.01</Arrotondamento>\
             </DatiGeneraliDocumento>",
        ),
        with(&several, "<Imposta>", "<EsigibilitaIVA>S</EsigibilitaIVA><Imposta>"),
    ] {
        assert_eq!(counted(&xml).await, issued(DocumentKind::Invoice, "153.15"));
    }
    let without = plain().replace("<ImponibileImporto>100.00</ImponibileImporto>", "");
    assert!(rejected(&without).await.contains("net"), "the total is never taken for the net");
}

#[tokio::test]
async fn amounts_have_up_to_eight_places_and_eleven_digits_and_blanks_around() {
    for (written, net) in [
        ("100", "100.00"),
        (" 100.00 ", "100.00"),
        ("\n100.00000000\t", "100.00"),
        ("100.00500000", "100.01"),
        ("12345678901.23", "12345678901.23"),
        ("+100.00", "100.00"),
    ] {
        let xml = with(&plain(), "<ImponibileImporto>100.00<", &format!("<ImponibileImporto>{written}<"));
        assert_eq!(counted(&xml).await, issued(DocumentKind::Invoice, net), "{written:?}");
    }
    for written in ["100,00", "1.000,00", "cento", "1e3", ""] {
        let xml = with(&plain(), "<ImponibileImporto>100.00<", &format!("<ImponibileImporto>{written}<"));
        assert!(rejected(&xml).await.contains("ImponibileImporto"), "{written:?}");
    }
}

#[tokio::test]
async fn credit_notes_take_away_whatever_their_sign() {
    for (kind, net) in [("TD04", "100.00"), ("TD04", "-100.00"), ("TD01", "-100.00"), ("TD24", "-100.00")] {
        let xml = invoice(kind, "1", "2026-02-01", net);
        assert_eq!(counted(&xml).await, issued(DocumentKind::CreditNote, "100.00"), "{kind} {net}");
    }
}

#[tokio::test]
async fn a_simplified_invoice_has_its_tax_in_its_amounts() {
    let simplified = |kind: &str, root: &str, lines: &str| {
        format!(
            "<n:{root} xmlns:n=\"http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0\" versione=\"FSM10\">\
             <FatturaElettronicaHeader><CedentePrestatore><IdFiscaleIVA><IdPaese>IT</IdPaese>\
             <IdCodice>01234567897</IdCodice></IdFiscaleIVA><Denominazione>Esempio S.r.l.</Denominazione></CedentePrestatore>\
             <CessionarioCommittente><IdentificativiFiscali><IdFiscaleIVA><IdPaese>IT</IdPaese>\
             <IdCodice>00000000018</IdCodice></IdFiscaleIVA></IdentificativiFiscali><AltriDatiIdentificativi>\
             <Denominazione>Cliente</Denominazione></AltriDatiIdentificativi></CessionarioCommittente>\
             </FatturaElettronicaHeader><FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento>\
             <TipoDocumento>{kind}</TipoDocumento><Divisa>EUR</Divisa><Data>2026-02-01</Data><Numero>1</Numero>\
             </DatiGeneraliDocumento></DatiGenerali>{lines}</FatturaElettronicaBody></n:{root}>"
        )
    };
    let by_tax = "<DatiBeniServizi><Descrizione>a</Descrizione><Importo>122.00</Importo><DatiIVA><Imposta>22.00</Imposta>\
                  </DatiIVA></DatiBeniServizi>";
    let by_rate = "<DatiBeniServizi><Descrizione>b</Descrizione><Importo>12.20</Importo><DatiIVA>\
                   <Aliquota>22.00</Aliquota></DatiIVA></DatiBeniServizi>";
    let exempt = "<DatiBeniServizi><Descrizione>c</Descrizione><Importo>5.00</Importo><DatiIVA><Aliquota>0.00</Aliquota>\
                  </DatiIVA><Natura>N2.2</Natura></DatiBeniServizi>";
    let (all, one) = (format!("{by_tax}{by_rate}{exempt}"), by_tax);
    for root in ["FatturaElettronica", "FatturaElettronicaSemplificata"] {
        let xml = simplified("TD07", root, &all);
        assert_eq!(counted(xml).await, issued(DocumentKind::Invoice, "115.00"));
        assert_eq!(counted(simplified("TD09", root, one)).await, issued(DocumentKind::Invoice, "100.00"));
        assert_eq!(counted(simplified("TD08", root, one)).await, issued(DocumentKind::CreditNote, "100.00"));
    }
    let document = documents(simplified("TD07", "FatturaElettronica", &all)).await.remove("1").unwrap();
    assert_eq!(document.party.vat_number.as_deref(), Some("00000000018"));
    assert_eq!(document.party.name.as_deref(), Some("Cliente"));
}

#[tokio::test]
async fn another_currency_needs_a_rate_and_is_never_added_as_it_is() {
    let folder = Folder::new();
    folder.put("a.xml", with(&plain(), "<Divisa>EUR<", "<Divisa>USD<"));
    let documents = taken_in(&folder, &CurrencyRules::default()).await;
    let Standing::Rejected { detail, .. } = &documents["1"].standing else { panic!("{documents:?}") };
    assert!(detail.contains("USD"), "{detail}");
    let rates = CurrencyRules { rates: [("USD".to_owned(), 2.into())].into(), ..CurrencyRules::default() };
    let documents = taken_in(&folder, &rates).await;
    let Standing::Counts { net, .. } = documents["1"].standing else { panic!("{documents:?}") };
    assert_eq!(Money::from(net).to_string(), "50.00");
}

#[tokio::test]
async fn the_number_and_the_day_are_the_documents_own() {
    // The credited invoice, orders and transport documents have numbers and days too.
    let related = "</DatiGeneraliDocumento><DatiOrdineAcquisto><IdDocumento>O1</IdDocumento><Data>2020-01-01</Data>\
                   </DatiOrdineAcquisto><DatiFattureCollegate><IdDocumento>99</IdDocumento><Data>2020-01-01</Data>\
                   <Numero>99</Numero></DatiFattureCollegate><DatiDDT><NumeroDDT>5</NumeroDDT><DataDDT>2020-01-01</DataDDT></DatiDDT>";
    let xml = with(&plain(), "</DatiGeneraliDocumento>", related);
    assert_eq!(counted(&xml).await, issued(DocumentKind::Invoice, "100.00"));
    for date in ["2026-02-01+01:00", "2026-02-01Z", " 2026-02-01 "] {
        let xml = with(&plain(), "<Data>2026-02-01<", &format!("<Data>{date}<"));
        assert_eq!(counted(&xml).await, issued(DocumentKind::Invoice, "100.00"), "{date}");
    }
    for date in ["2026-02-30", "01/02/2026", ""] {
        let xml = with(&plain(), "<Data>2026-02-01<", &format!("<Data>{date}<"));
        assert!(rejected(&xml).await.contains("date"), "{date}");
    }
}

#[tokio::test]
async fn only_what_the_company_sold_counts() {
    // Who sent it does not matter: a customer or a third party may have.
    for sender in ["CC", "TZ"] {
        let sent = format!("</CessionarioCommittente><SoggettoEmittente>{sender}</SoggettoEmittente>");
        let xml = with(&plain(), "</CessionarioCommittente>", &sent);
        assert_eq!(counted(&xml).await, issued(DocumentKind::Invoice, "100.00"), "{sender}");
    }
    let received = with(&plain(), "<IdCodice>01234567897<", "<IdCodice>09999999993<");
    let received = with(&received, "<CodiceFiscale>01234567897<", "<CodiceFiscale>09999999993<");
    assert_eq!(documents(received).await.len(), 0, "the intermediary's number is not the seller's");
    // An integration of a purchase: the own company is the customer, or both.
    for kind in
        ["TD16", "TD17", "TD18", "TD19", "TD20", "TD21", "TD22", "TD23", "TD26", "TD27", "TD28", "TD29"]
    {
        let documents = documents(invoice(kind, "1", "2026-02-01", "10.00")).await;
        assert_eq!(documents["1"].standing, Standing::NotCounted(NotCounted::NoSale), "{kind}");
    }
    let unknown = rejected(invoice("TD98", "1", "2026-02-01", "10.00")).await;
    assert!(unknown.contains("TD98"), "{unknown}");
}

#[tokio::test]
async fn customers_are_known_by_their_own_numbers_in_every_spelling() {
    async fn keys(customer: Customer) -> PartyKeys {
        let xml = e_invoice(&customer, &[Document::new("TD01", "1", "2026-02-01", "1.00")]);
        // A representative's number is not the customer's.
        let xml = xml.replacen(
            "</CessionarioCommittente>",
            "<RappresentanteFiscale><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>00000000026</IdCodice></IdFiscaleIVA>\
             </RappresentanteFiscale></CessionarioCommittente>",
            1,
        );
        PartyKeys::of_party(&documents(xml).await["1"].party)
    }
    async fn vat(country: &'static str, code: &str) -> Option<String> {
        let customer = Customer { vat: Some((country, code.to_owned())), ..Customer::default() };
        Some(keys(customer).await.vat_number?.as_str().to_owned())
    }
    assert_eq!(vat("SI", "SI12345679").await.as_deref(), Some("SI12345679"), "the country once more");
    assert_eq!(vat("SI", "12345679").await.as_deref(), Some("SI12345679"));
    assert_eq!(vat("IT", "00000000018").await.as_deref(), Some("IT00000000018"), "zeros before it matter");
    assert_eq!(vat("EL", "123456789").await.as_deref(), Some("EL123456789"));
    for (country, code) in [
        ("OO", "OO99999999999"),
        ("OO", "99999999999"),
        ("IT", "00000000000"),
        ("US", "OO99999999999"),
        ("FR", "XX"),
    ] {
        assert_eq!(vat(country, code).await, None, "{country} {code} stands for no number");
    }
    let person = Customer {
        tax_code: Some("rssmra80a01h501u".to_owned()),
        name: Name::Person { first: "Mario".to_owned(), last: "Esempio & C.".to_owned() },
        vat: None,
    };
    let keys = keys(person).await;
    assert_eq!(keys.tax_code.as_ref().map(TaxCode::as_str), Some("RSSMRA80A01H501U"));
    assert_eq!(keys.vat_number, None);
}

#[tokio::test]
async fn attachments_and_signatures_inside_are_passed_over() {
    let attachment = format!(
        "<Allegati><NomeAttachment>a.pdf</NomeAttachment><Attachment>{}</Attachment></Allegati></FatturaElettronicaBody>",
        "QUJD".repeat(2 << 20)
    );
    let signature = "<ds:Signature><ds:SignedInfo/><Object><Numero>77</Numero></Object></ds:Signature></p:FatturaElettronica>";
    let xml = with(&plain(), "</FatturaElettronicaBody>", &attachment);
    let xml = with(&xml, "</p:FatturaElettronica>", signature);
    assert_eq!(counted(xml).await, issued(DocumentKind::Invoice, "100.00"));
}

#[tokio::test]
async fn what_the_exchange_writes_is_no_document() {
    let folder = Folder::new();
    for root in [
        "RicevutaConsegna",
        "NotificaMancataConsegna",
        "RicevutaImpossibilitaRecapito",
        "MetadatiInvioFile",
        "AttestazioneTrasmissioneFattura",
        "NotificaEsito",
        "NotificaDecorrenzaTermini",
    ] {
        let xml = format!("<t:{root} xmlns:t=\"x\"><NomeFile>IT01234567897_00001.xml</NomeFile></t:{root}>");
        folder.put(&format!("{root}.xml"), xml);
    }
    folder.put("IT01234567897_00001.xml", plain());
    let documents = taken_in(&folder, &CurrencyRules::default()).await;
    assert_eq!(documents.len(), 1);
    assert!(matches!(documents["1"].standing, Standing::Counts { .. }), "none of them is a refusal");
}
