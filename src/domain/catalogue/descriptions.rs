//! The texts of the catalogue, in the order of the table of properties.

use super::super::value::ValueKind;
use super::{ChoiceOption, Description, Figure, Label};

const fn label(en: &'static str, it: &'static str) -> Label {
    Label { en, it }
}

const fn option(name: &'static str, en: &'static str, it: &'static str) -> ChoiceOption {
    ChoiceOption { name, label: label(en, it) }
}

const CLUSTERS: &[ChoiceOption] = &[
    option("A", "A – high revenue with high potential", "A – fatturato alto con potenziale alto"),
    option("B", "B – low revenue with high potential", "B – fatturato basso con potenziale alto"),
    option("C", "C – dormant with high potential", "C – dormiente con potenziale alto"),
    option("D", "D – high revenue with low potential", "D – fatturato alto con potenziale basso"),
    option(
        "E",
        "E – low revenue or dormant with low potential",
        "E – fatturato basso o dormiente con potenziale basso",
    ),
    option("Z", "Z – lost", "Z – perso"),
];

const BANDS: &[ChoiceOption] = &[
    option("high", "High", "Alto"),
    option("low", "Low", "Basso"),
    option("dormant", "Dormant", "Dormiente"),
    option("none", "Never a purchase", "Nessun acquisto"),
];

const EXCLUSIONS: &[ChoiceOption] = &[
    option("category", "Excluded category", "Categoria esclusa"),
    option("open_deal", "Open deal", "Trattativa aperta"),
    option("lost", "Lost potential", "Potenziale perso"),
];

const ACTIONS: &[ChoiceOption] = &[
    option("quarterly_contact", "Direct contact every quarter", "Contatto diretto ogni trimestre"),
    option("half_yearly_contact", "Direct contact every half year", "Contatto diretto ogni semestre"),
    option("open_contact", "Try to open a direct contact", "Tentare di aprire un contatto diretto"),
    option(
        "extend_service",
        "Check whether the service can be extended",
        "Verificare se il servizio è ampliabile",
    ),
    option("wait", "Wait", "Attendere"),
    option("no_action", "No action", "Nessuna azione"),
];

const PHASES: &[ChoiceOption] = &[
    option("awareness", "Awareness", "Consapevolezza"),
    option("exploration", "Exploration", "Esplorazione"),
    option("expansion", "Expansion", "Espansione"),
    option("commitment", "Commitment", "Impegno reciproco"),
    option("dissolution", "Dissolution", "Dissoluzione"),
];

const fn described(
    figure: Figure,
    name: &'static str,
    kind: ValueKind,
    label: Label,
    definition: Label,
    options: &'static [ChoiceOption],
) -> Description {
    Description { figure, name, kind, label, definition, options }
}

/// One description per figure, in the order of [`Figure::ALL`].
pub(super) static DESCRIPTIONS: [Description; 19] = [
    described(
        Figure::Score,
        "score",
        ValueKind::Number,
        label("SiRank", "SiRank"),
        label(
            "Customer score from 0.0 to 100.0: revenue and purchase days of the last 12 months, seniority, D&P. \
             Empty without a purchase.",
            "Punteggio del cliente da 0,0 a 100,0: fatturato e giorni di acquisto degli ultimi 12 mesi, anzianità, \
             D&P. Vuoto senza acquisti.",
        ),
        &[],
    ),
    described(
        Figure::Cluster,
        "cluster",
        ValueKind::Choice,
        label("Cluster", "Cluster"),
        label(
            "Cell of the customer matrix: revenue band by potential. Empty for prospects and where the potential is \
             not set.",
            "Cella della matrice clienti: fascia di fatturato per potenziale. Vuoto per i potenziali clienti e dove \
             il potenziale non è indicato.",
        ),
        CLUSTERS,
    ),
    described(
        Figure::RevenueBand,
        "revenue_band",
        ValueKind::Choice,
        label("Revenue band", "Fascia di fatturato"),
        label(
            "High: revenue of the last 36 months above the threshold. Low: not high, with a purchase in those months. \
             Dormant: with purchases only before them. None: never a purchase.",
            "Alto: fatturato degli ultimi 36 mesi sopra la soglia. Basso: non alto, con almeno un acquisto in quei \
             mesi. Dormiente: con acquisti solo prima. Nessuno: mai un acquisto.",
        ),
        BANDS,
    ),
    described(
        Figure::Revenue36m,
        "revenue_36m",
        ValueKind::Currency,
        label("Revenue 36 months", "Fatturato 36 mesi"),
        label(
            "Invoices minus credit notes of the last 36 calendar months, without VAT.",
            "Fatture meno note di credito degli ultimi 36 mesi di calendario, al netto dell'IVA.",
        ),
        &[],
    ),
    described(
        Figure::Revenue12m,
        "revenue_12m",
        ValueKind::Currency,
        label("Revenue 12 months", "Fatturato 12 mesi"),
        label(
            "Invoices minus credit notes of the last 12 calendar months, without VAT.",
            "Fatture meno note di credito degli ultimi 12 mesi di calendario, al netto dell'IVA.",
        ),
        &[],
    ),
    described(
        Figure::PurchaseDays12m,
        "purchase_days_12m",
        ValueKind::Number,
        label("Purchase days 12 months", "Giorni di acquisto 12 mesi"),
        label(
            "Calendar days of the last 12 months with at least one invoice above zero.",
            "Giorni di calendario degli ultimi 12 mesi con almeno una fattura di importo positivo.",
        ),
        &[],
    ),
    described(
        Figure::FirstPurchase,
        "first_purchase",
        ValueKind::Date,
        label("First purchase", "Primo acquisto"),
        label("Day of the first invoice above zero.", "Giorno della prima fattura di importo positivo."),
        &[],
    ),
    described(
        Figure::LastPurchase,
        "last_purchase",
        ValueKind::Date,
        label("Last purchase", "Ultimo acquisto"),
        label("Day of the last invoice above zero.", "Giorno dell'ultima fattura di importo positivo."),
        &[],
    ),
    described(
        Figure::Inactive180d,
        "inactive_180d",
        ValueKind::Flag,
        label("Inactive", "Inattivo"),
        label(
            "The last purchase is more than 180 days ago (or as many as are set).",
            "L'ultimo acquisto risale a più di 180 giorni fa (o quanti ne sono impostati).",
        ),
        &[],
    ),
    described(
        Figure::ColdCustomer,
        "cold_customer",
        ValueKind::Flag,
        label("Cold customer", "Cliente freddo"),
        label(
            "Inactive, and neither of an excluded category, nor with an open deal, nor lost.",
            "Inattivo, non di una categoria esclusa, senza trattative aperte e non perso.",
        ),
        &[],
    ),
    described(
        Figure::ColdExclusion,
        "cold_exclusion",
        ValueKind::Choice,
        label("Reason for not being cold", "Motivo di esclusione dai clienti freddi"),
        label(
            "Why an inactive customer is not a cold one; empty for all others.",
            "Perché un cliente inattivo non è considerato freddo; vuoto per tutti gli altri.",
        ),
        EXCLUSIONS,
    ),
    described(
        Figure::Action,
        "action",
        ValueKind::Choice,
        label("Action", "Azione"),
        label("What the cluster asks for.", "Che cosa richiede il cluster."),
        ACTIONS,
    ),
    described(
        Figure::NextContactDue,
        "next_contact_due",
        ValueKind::Date,
        label("Next contact due", "Prossimo contatto entro il"),
        label(
            "Last direct contact (or creation of the record, if there was none) plus the months of the cluster.",
            "Ultimo contatto diretto (o creazione della scheda, se non ce n'è stato nessuno) più i mesi previsti dal \
             cluster.",
        ),
        &[],
    ),
    described(
        Figure::ContactOverdue,
        "contact_overdue",
        ValueKind::Flag,
        label("Contact overdue", "Contatto scaduto"),
        label(
            "The day by which the next contact was due has passed.",
            "La data entro cui era previsto il prossimo contatto è passata.",
        ),
        &[],
    ),
    described(
        Figure::KeyAccountMissing,
        "key_account_missing",
        ValueKind::Flag,
        label("Key account missing", "Key account mancante"),
        label("Cluster A, B or C without an active owner.", "Cluster A, B o C senza un responsabile attivo."),
        &[],
    ),
    described(
        Figure::Phase,
        "phase",
        ValueKind::Choice,
        label("Relationship phase", "Fase della relazione"),
        label(
            "Where the relationship stands, from awareness to commitment or dissolution (Dwyer).",
            "A che punto è la relazione, dalla consapevolezza all'impegno reciproco o alla dissoluzione (Dwyer).",
        ),
        PHASES,
    ),
    described(
        Figure::RevenueLastActive,
        "revenue_last_active",
        ValueKind::Currency,
        label("Revenue while active", "Fatturato da attivo"),
        label(
            "Revenue of the 12 months that end on the last purchase day: what the customer used to bring in a year.",
            "Fatturato dei 12 mesi che terminano con l'ultimo acquisto: quanto il cliente portava in un anno.",
        ),
        &[],
    ),
    described(
        Figure::Ltv,
        "ltv",
        ValueKind::Currency,
        label("Lifetime value", "Valore del cliente nel tempo"),
        label(
            "Revenue of all time, revalued by the price index and times the gross margin where these are set.",
            "Fatturato di sempre, rivalutato con l'indice dei prezzi e moltiplicato per il margine lordo, dove \
             impostati.",
        ),
        &[],
    ),
    described(
        Figure::Explanation,
        "explanation",
        ValueKind::Text,
        label("Explanation", "Spiegazione"),
        label(
            "Why the score and the cluster are what they are.",
            "Perché il punteggio e il cluster sono quelli che sono.",
        ),
        &[],
    ),
];
