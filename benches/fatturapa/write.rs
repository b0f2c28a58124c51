//! A folder of e-invoices as an ERP would have exported them over ten years: 3 to 8 KB each, in folders of months, a tenth
//! of them signed.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Fallible;

/// The company's own VAT number.
pub(super) const OWN: &str = "IT01234567897";

/// Writes the files, and tells how many bytes they have together.
pub(super) fn write(folder: &Path, files: u32) -> Fallible<u64> {
    let changed = SystemTime::from(sirank::clock::now()) - Duration::from_hours(24);
    let mut bytes = 0;
    for number in 0..files {
        let month = number * 120 / files;
        let month = format!("{}-{:02}", 2016 + month / 12, month % 12 + 1);
        let place = folder.join(&month);
        std::fs::create_dir_all(&place)?;
        let xml = invoice(number, &month);
        let name = format!("IT01234567897_{number:06}.xml");
        let (name, content) = if number % 10 == 9 {
            (format!("{name}.p7m"), signed(xml.as_bytes()))
        } else {
            (name, xml.into_bytes())
        };
        bytes += content.len() as u64;
        let file = place.join(name);
        std::fs::write(&file, content)?;
        std::fs::File::options().write(true).open(&file)?.set_modified(changed)?;
    }
    Ok(bytes)
}

fn invoice(number: u32, month: &str) -> String {
    let customer = format!("{:011}", 10_000 + number * 7 % 5_003);
    let sede = "<Sede>\n<Indirizzo>Via dei Campioni</Indirizzo>\n<NumeroCivico>1</NumeroCivico>\n<CAP>00100</CAP>\n\
                <Comune>Roma</Comune>\n<Provincia>RM</Provincia>\n<Nazione>IT</Nazione>\n</Sede>\n";
    let mut lines = String::new();
    let count = 3 + number % 13;
    for line in 1..=count {
        let _ = write!(
            lines,
            "<DettaglioLinee>\n<NumeroLinea>{line}</NumeroLinea>\n<CodiceArticolo>\n<CodiceTipo>INT</CodiceTipo>\n\
             <CodiceValore>ART-{line:05}</CodiceValore>\n</CodiceArticolo>\n\
             <Descrizione>Articolo di prova numero {line}, confezione da dodici</Descrizione>\n\
             <Quantita>2.00000000</Quantita>\n<UnitaMisura>PZ</UnitaMisura>\n<PrezzoUnitario>12.50000000</PrezzoUnitario>\n\
             <PrezzoTotale>25.00</PrezzoTotale>\n<AliquotaIVA>22.00</AliquotaIVA>\n</DettaglioLinee>\n"
        );
    }
    let (net, tax) = (count * 25, format!("{}.{:02}", count * 550 / 100, count * 550 % 100));
    let day = number % 28 + 1;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <p:FatturaElettronica versione=\"FPR12\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
         xmlns:p=\"http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<FatturaElettronicaHeader>\n<DatiTrasmissione>\n\
         <IdTrasmittente>\n<IdPaese>IT</IdPaese>\n<IdCodice>01234567897</IdCodice>\n</IdTrasmittente>\n\
         <ProgressivoInvio>{number:06}</ProgressivoInvio>\n<FormatoTrasmissione>FPR12</FormatoTrasmissione>\n\
         <CodiceDestinatario>0000000</CodiceDestinatario>\n</DatiTrasmissione>\n<CedentePrestatore>\n<DatiAnagrafici>\n\
         <IdFiscaleIVA>\n<IdPaese>IT</IdPaese>\n<IdCodice>01234567897</IdCodice>\n</IdFiscaleIVA>\n\
         <CodiceFiscale>01234567897</CodiceFiscale>\n<Anagrafica>\n<Denominazione>Esempio S.r.l.</Denominazione>\n\
         </Anagrafica>\n<RegimeFiscale>RF01</RegimeFiscale>\n</DatiAnagrafici>\n{sede}</CedentePrestatore>\n\
         <CessionarioCommittente>\n<DatiAnagrafici>\n<IdFiscaleIVA>\n<IdPaese>IT</IdPaese>\n\
         <IdCodice>{customer}</IdCodice>\n</IdFiscaleIVA>\n<Anagrafica>\n<Denominazione>Cliente {customer} S.p.A.</Denominazione>\n\
         </Anagrafica>\n</DatiAnagrafici>\n{sede}</CessionarioCommittente>\n</FatturaElettronicaHeader>\n\
         <FatturaElettronicaBody>\n<DatiGenerali>\n<DatiGeneraliDocumento>\n<TipoDocumento>TD01</TipoDocumento>\n\
         <Divisa>EUR</Divisa>\n<Data>{month}-{day:02}</Data>\n<Numero>{number}/A</Numero>\n\
         <ImportoTotaleDocumento>{net}.00</ImportoTotaleDocumento>\n<Causale>Vendita di prova</Causale>\n\
         </DatiGeneraliDocumento>\n<DatiOrdineAcquisto>\n<IdDocumento>ORD-{number}</IdDocumento>\n</DatiOrdineAcquisto>\n\
         </DatiGenerali>\n<DatiBeniServizi>\n{lines}<DatiRiepilogo>\n<AliquotaIVA>22.00</AliquotaIVA>\n\
         <ImponibileImporto>{net}.00</ImponibileImporto>\n<Imposta>{tax}</Imposta>\n<EsigibilitaIVA>I</EsigibilitaIVA>\n\
         </DatiRiepilogo>\n</DatiBeniServizi>\n<DatiPagamento>\n<CondizioniPagamento>TP02</CondizioniPagamento>\n\
         <DettaglioPagamento>\n<ModalitaPagamento>MP05</ModalitaPagamento>\n\
         <DataScadenzaPagamento>{month}-28</DataScadenzaPagamento>\n<ImportoPagamento>{net}.00</ImportoPagamento>\n\
         </DettaglioPagamento>\n</DatiPagamento>\n</FatturaElettronicaBody>\n</p:FatturaElettronica>\n"
    )
}

/// The envelope that a signature makes, without the signature.
fn signed(content: &[u8]) -> Vec<u8> {
    const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let data = tagged(0x30, &[DATA, &tagged(0xa0, &[&tagged(0x04, &[content])])]);
    let parts = tagged(0x30, &[&[0x02, 1, 1], &[0x31, 0], &data, &[0x31, 0]]);
    tagged(0x30, &[SIGNED_DATA, &tagged(0xa0, &[&parts])])
}

fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    [&[tag, 0x83], &length[length.len() - 3..], &content].concat()
}
