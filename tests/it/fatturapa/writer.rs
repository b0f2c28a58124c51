//! E-invoices as programs write them: FPR12, with one body or several, in envelopes and archives.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use rust_decimal::{Decimal, RoundingStrategy};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The company's own VAT number.
pub(crate) const OWN: &str = "IT01234567897";

/// Who buys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Customer {
    /// `IdPaese` and `IdCodice`.
    pub(crate) vat: Option<(&'static str, String)>,
    pub(crate) tax_code: Option<String>,
    pub(crate) name: Name,
}

/// What a customer is called.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Company(String),
    Person { first: String, last: String },
}

impl Default for Name {
    fn default() -> Self {
        Self::Company("Cliente di Prova S.r.l.".to_owned())
    }
}

/// One body: an invoice or a credit note.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) kind: &'static str,
    pub(crate) number: String,
    pub(crate) date: String,
    /// Taxable amounts, each with its rate in per cent; 0 is exempt.
    pub(crate) summaries: Vec<(Decimal, Decimal)>,
    pub(crate) stamp_duty: bool,
    /// Whether it states its total, which is optional.
    pub(crate) with_total: bool,
}

impl Document {
    pub(crate) fn new(kind: &'static str, number: &str, date: &str, net: &str) -> Self {
        Self {
            kind,
            number: number.to_owned(),
            date: date.to_owned(),
            summaries: vec![(net.parse().unwrap(), 22.into())],
            stamp_duty: false,
            with_total: true,
        }
    }
}

/// The company's own e-invoice to a customer: more than one document is a lot.
pub(crate) fn e_invoice(customer: &Customer, documents: &[Document]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    xml.push_str(
        "<p:FatturaElettronica versione=\"FPR12\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
         xmlns:p=\"http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2\">\n",
    );
    header(&mut xml, customer);
    for document in documents {
        body(&mut xml, document);
    }
    xml.push_str("</p:FatturaElettronica>\n");
    xml
}

fn header(xml: &mut String, customer: &Customer) {
    let (country, code) = OWN.split_at(2);
    let _ = write!(
        xml,
        "<FatturaElettronicaHeader><DatiTrasmissione><IdTrasmittente><IdPaese>{country}</IdPaese>\
         <IdCodice>{code}</IdCodice></IdTrasmittente><ProgressivoInvio>00001</ProgressivoInvio>\
         <FormatoTrasmissione>FPR12</FormatoTrasmissione><CodiceDestinatario>0000000</CodiceDestinatario></DatiTrasmissione>\
         <CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>{country}</IdPaese><IdCodice>{code}</IdCodice>\
         </IdFiscaleIVA><CodiceFiscale>{code}</CodiceFiscale><Anagrafica><Denominazione>Esempio S.r.l.</Denominazione>\
         </Anagrafica><RegimeFiscale>RF01</RegimeFiscale></DatiAnagrafici>{PLACE}</CedentePrestatore>\n\
         <CessionarioCommittente><DatiAnagrafici>"
    );
    if let Some((country, code)) = &customer.vat {
        let _ = write!(
            xml,
            "<IdFiscaleIVA><IdPaese>{country}</IdPaese><IdCodice>{code}</IdCodice></IdFiscaleIVA>"
        );
    }
    if let Some(code) = &customer.tax_code {
        let _ = write!(xml, "<CodiceFiscale>{code}</CodiceFiscale>");
    }
    let _ = match &customer.name {
        Name::Company(name) => {
            write!(xml, "<Anagrafica><Denominazione>{}</Denominazione></Anagrafica>", escaped(name))
        }
        Name::Person { first, last } => write!(
            xml,
            "<Anagrafica><Nome>{}</Nome><Cognome>{}</Cognome></Anagrafica>",
            escaped(first),
            escaped(last)
        ),
    };
    let _ = writeln!(xml, "</DatiAnagrafici>{PLACE}</CessionarioCommittente></FatturaElettronicaHeader>");
}

const PLACE: &str = "<Sede><Indirizzo>Via dei Campioni 1</Indirizzo><CAP>00100</CAP><Comune>Roma</Comune>\
                     <Provincia>RM</Provincia><Nazione>IT</Nazione></Sede>";

fn body(xml: &mut String, document: &Document) {
    let Document { kind, number, date, .. } = document;
    let stamp_duty = if document.stamp_duty {
        "<DatiBollo><BolloVirtuale>SI</BolloVirtuale><ImportoBollo>2.00</ImportoBollo></DatiBollo>"
    } else {
        ""
    };
    let _ = write!(
        xml,
        "<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>{kind}</TipoDocumento>\
         <Divisa>EUR</Divisa><Data>{date}</Data><Numero>{number}</Numero>{stamp_duty}"
    );
    if document.with_total {
        let _ = write!(xml, "<ImportoTotaleDocumento>{}</ImportoTotaleDocumento>", cents(document.total()));
    }
    xml.push_str("</DatiGeneraliDocumento></DatiGenerali>\n<DatiBeniServizi>");
    for (line, (net, rate)) in (1..).zip(&document.summaries) {
        let (net, rate, exempt) = (cents(*net), cents(*rate), exempt(*rate));
        let _ = write!(
            xml,
            "<DettaglioLinee><NumeroLinea>{line}</NumeroLinea><Descrizione>Articolo {line}</Descrizione>\
             <PrezzoUnitario>{net}</PrezzoUnitario><PrezzoTotale>{net}</PrezzoTotale><AliquotaIVA>{rate}</AliquotaIVA>\
             {exempt}</DettaglioLinee>"
        );
    }
    for (net, rate) in &document.summaries {
        let (tax, exempt) = (cents(tax(*net, *rate)), exempt(*rate));
        let (net, rate) = (cents(*net), cents(*rate));
        let _ = write!(
            xml,
            "<DatiRiepilogo><AliquotaIVA>{rate}</AliquotaIVA>{exempt}<ImponibileImporto>{net}</ImponibileImporto>\
             <Imposta>{tax}</Imposta></DatiRiepilogo>"
        );
    }
    xml.push_str("</DatiBeniServizi></FatturaElettronicaBody>\n");
}

impl Document {
    /// What the customer pays, with tax and stamp duty.
    fn total(&self) -> Decimal {
        let gross: Decimal = self.summaries.iter().map(|(net, rate)| net + tax(*net, *rate)).sum();
        gross + Decimal::from(if self.stamp_duty { 2 } else { 0 })
    }
}

fn tax(net: Decimal, rate: Decimal) -> Decimal {
    (net * rate / Decimal::ONE_HUNDRED).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn exempt(rate: Decimal) -> &'static str {
    if rate.is_zero() { "<Natura>N4</Natura>" } else { "" }
}

fn cents(amount: Decimal) -> String {
    format!("{amount:.2}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The notification that a file was refused by the exchange.
pub(crate) fn refusal(file: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ns2:NotificaScarto \
         xmlns:ns2=\"http://www.fatturapa.gov.it/sdi/messaggi/v1.0\"><IdentificativoSdI>111</IdentificativoSdI>\
         <NomeFile>{file}</NomeFile><ListaErrori><Errore><Codice>00404</Codice>\
         <Descrizione>Fattura duplicata</Descrizione></Errore></ListaErrori></ns2:NotificaScarto>"
    )
}

/// The notification that a file was delivered.
pub(crate) fn receipt(file: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><t:RicevutaConsegna \
         xmlns:t=\"http://www.fatturapa.gov.it/sdi/messaggi/v1.0\"><IdentificativoSdI>111</IdentificativoSdI>\
         <NomeFile>{file}</NomeFile></t:RicevutaConsegna>"
    )
}

/// How a signed envelope is encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding {
    /// Every length is definite.
    Der,
    /// Every length is indefinite, and the content comes in pieces.
    Ber,
}

/// A signed envelope (CMS), without a signer: whose signature it is does not matter here.
pub(crate) fn enveloped(content: &[u8], encoding: Encoding) -> Vec<u8> {
    const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    const SHA_256: &[u8] = &[0x30, 11, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let around = |tag: u8, parts: &[&[u8]]| match encoding {
        Encoding::Der => definite(tag, &parts.concat()),
        Encoding::Ber => [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat(),
    };
    let octets = match encoding {
        Encoding::Der => definite(0x04, content),
        Encoding::Ber => {
            let pieces: Vec<u8> = content.chunks(1_000).flat_map(|piece| definite(0x04, piece)).collect();
            around(0x24, &[&pieces])
        }
    };
    let encapsulated = around(0x30, &[DATA, &around(0xa0, &[&octets])]);
    let signed = around(0x30, &[&[0x02, 1, 1], &around(0x31, &[SHA_256]), &encapsulated, &around(0x31, &[])]);
    around(0x30, &[SIGNED_DATA, &around(0xa0, &[&signed])])
}

fn definite(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let length = match content.len() {
        short @ 0..0x80 => vec![u8::try_from(short).unwrap()],
        _ => [&[0x80 | u8::try_from(significant.len()).unwrap()], significant].concat(),
    };
    [&[tag], length.as_slice(), content].concat()
}

/// A zip archive of files by their name.
pub(crate) fn archive<'a>(files: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
