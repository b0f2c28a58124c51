//! The events. Each has one place in the code that tells of it.

use super::declare::{Declared, events};

events! {
    // The service ---------------------------------------------------------------------------------------------------
    /// The service has read its configuration and begins. `version` is the program's, `account` the state's.
    info ServiceStarted = "service_started", "The service has started." { version: &'a str, state: &'a str }
    /// The service is ready: its state is open, its status pages answer, the first run is about to begin.
    info ServiceReady = "service_ready", "The service is ready." { started_in_millis: u64, status_address: &'a str }
    /// SIGTERM or an interrupt came: the call in flight is finished and recorded, then the service ends.
    info StopRequested = "stop_requested", "Asked to stop: the call in flight is finished first. Asked once more, it ends at once." {}
    /// The service has ended in good order.
    info ServiceEnded = "service_ended", "The service has ended in good order." {}
    /// SIGHUP came and the configuration was read again; a run that is under way ended under the old one.
    info ReloadApplied = "reload_applied", "The configuration was read again; it holds from now on." {}
    /// SIGHUP came but the configuration is invalid: the old one stays in force. `problem` says what to mend.
    error ReloadRefused = "reload_refused", "The new configuration is invalid; the old one stays in force." { problem: &'a str }
    /// When the next run begins, and of what kind it will be: `changes`, `whole` or `day`.
    debug RunScheduled = "run_scheduled", "The next run is scheduled." { kind: &'a str, at: &'a str }
    /// The service was down or busy when a run was due: it is made up for now, once.
    info RunMadeUp = "run_made_up", "A run was due while the service was down or busy; it is made up for now." { kind: &'a str, due: &'a str }
    /// A command that was given beside the service was taken over by it.
    info RequestTaken = "request_taken", "The service does what a command asks for." { command: &'a str }
    /// A command that was given beside the service could not be done as it was asked for.
    warn RequestRefused = "request_refused", "The service could not do what a command asked for." { command: &'a str, reason: &'a str }
    /// The engine has made no progress for so long that systemd's watchdog is no longer fed: systemd will restart the service.
    error ProgressStalled = "progress_stalled", "The run makes no progress; the watchdog is not fed any more." { idle_seconds: u64 }
    /// A status page could not be served.
    warn StatusUnavailable = "status_unavailable", "The status pages cannot be served." { address: &'a str, reason: &'a str }

    // A run ---------------------------------------------------------------------------------------------------------
    /// A run has begun. Every line up to its end has its id in `run`.
    info RunStarted = "run_started", "The run has started." { command: &'a str, as_of: &'a str }
    /// A run that was stopped or killed is gone on with.
    info RunResumed = "run_resumed", "Going on with a run that stopped." { phase: &'a str }
    /// A run that stopped is not gone on with: what was in flight is settled, then everything is planned anew.
    info RunAbandoned = "run_abandoned", "The run that stopped was for another day, or another command: what was in flight is settled, then everything is planned anew." { stopped: &'a str, command: &'a str, as_of: &'a str }
    /// What a step is expected to cost.
    info CallsExpected = "calls_expected", "Expected calls and time." { step: &'a str, calls: u64, time: &'a str }
    /// How far a step has come, every now and then.
    info Progress = "progress", "Progress." { step: &'a str, done: u64, total: u64 }
    /// All companies were read; `gone` of those that were known are no more.
    info CompaniesRead = "companies_read", "Companies read." { companies: u64, gone: u64 }
    /// The companies that have changed were read.
    info ChangedCompaniesRead = "changed_companies_read", "Changed companies read." { companies: u64, changed: u64, gone: u64 }
    /// The days of direct contacts were read.
    info ContactsRead = "contacts_read", "Direct contacts read." { contacts: u64 }
    /// The open deals were read; `closed` of those that were known are open no more.
    info DealsRead = "deals_read", "Open deals read." { deals: u64, closed: u64 }
    /// The cards of the Wake Up pipeline were read.
    info CardsRead = "cards_read", "Cards read." { cards: u64 }
    /// Something of the Wake Up pipeline is missing in the CRM; figures are written all the same. `advice` says what to do.
    warn CardsHindered = "cards_hindered", "Something is in the way of cards." { what: &'a str, advice: &'a str }
    /// The CRM refused to make or to move a card; it is tried again after a day.
    warn CardRefused = "card_refused", "The CRM refused a card." { company: &'a str, code: &'a str, reason: &'a str }
    /// A company that was to get a card has got one from somebody else meanwhile.
    info CardThere = "card_there", "The company has a card by now; none is made." { company: &'a str }
    /// Somebody moved a card between plan and apply: it stays where it was put.
    info CardTouched = "card_touched", "Somebody moved the card meanwhile; it stays there." { company: &'a str }
    /// The CRM does not let sirank read or write cards or tasks; figures are written all the same.
    warn RecordsHindered = "records_hindered", "Cards or tasks cannot be read or written; figures are written all the same." { kind: &'a str, reason: &'a str }
    /// Open tasks of sirank's were found that the state did not know of.
    info TasksFound = "tasks_found", "Tasks of sirank's were found in the CRM." { tasks: u64 }
    /// The CRM refused to make or to change a task; it is tried again after a day.
    warn TaskRefused = "task_refused", "The CRM refused a task." { company: &'a str, code: &'a str, reason: &'a str }
    /// A company that was to get a task has one already, or had one lately.
    info TaskThere = "task_there", "The company has a task of sirank's by now, or had one lately; none is made." { company: &'a str }
    /// Tasks whose outcome was unknown were looked up.
    info UnknownTasksSettled = "unknown_tasks_settled", "Tasks whose outcome was unknown were looked up." { applied: u64, not_applied: u64 }
    /// Cards whose outcome was unknown were looked up.
    info UnknownCardsSettled = "unknown_cards_settled", "Cards whose outcome was unknown were looked up." { applied: u64, not_applied: u64 }
    /// The deals that have changed were read.
    info ChangedDealsRead = "changed_deals_read", "Changed deals read." { changed: u64 }
    /// The documents of an accounting source that have changed were read.
    info ChangedDocumentsRead = "changed_documents_read", "Changed documents read." { system: &'a str, changed: u64, gone: u64 }
    /// Neither side has changed since figures were last computed: the run ends after its reads.
    info NothingNew = "nothing_new", "Nothing has changed; there is nothing to compute." { plan: &'a str }
    /// The documents of an accounting source were read.
    info DocumentsRead = "documents_read", "Documents read." { system: &'a str, documents: u64, gone: u64 }
    /// Reading all documents of a source every night would use up a quota of many days; only what has changed is read, and everything when enough of it has gathered.
    info ReconciliationPostponed = "reconciliation_postponed", "A quota would not last for reading all documents; only what has changed is read." { system: &'a str, quota: &'a str, calls: u64, share: u64 }
    /// A source delivered documents more than once; the later one counts. Tell the vendor if it happens in every run.
    warn DocumentsRepeated = "documents_repeated", "Documents were delivered more than once; the later one counts." { system: &'a str, documents: u64, named: &'a str }
    /// A folder of e-invoices was looked through: `opened` files were new or changed, `growing` ones are still being written and are read by the next scan, `gone` ones are no more.
    info FolderScanned = "folder_scanned", "Folder of e-invoices scanned." { system: &'a str, opened: u64, growing: u64, gone: u64 }
    /// A file of a source has changed and was written to a moment ago: it is read once it has been left alone for `settle_seconds`. If this comes with every cycle, the file never is: have the export write another one and rename it, or shorten `settle_seconds`.
    info FileGrowing = "file_growing", "A file is still being written to; it is read once it is left alone." { system: &'a str, file: &'a str }
    /// Files of a folder hold e-invoices of the same seller, year and number that differ in kind, day, amount or customer; the last file by its path counts. If both were issued, number one of them anew; if one was refused, keep the notification with it.
    warn EInvoicesDiffer = "e_invoices_differ", "Files hold the same e-invoice with different content; the last one counts." { system: &'a str, documents: u64, named: &'a str }
    /// Several sources hold the same documents, by seller, year, number and kind, and each of them counts. Set `matching.duplicates` to `count_once`, or leave one of the sources out.
    warn DocumentsCountedTwice = "documents_counted_twice", "Several sources hold the same documents; they count twice." { documents: u64, named: &'a str }
    /// Documents of a later source were left out for those of an earlier one with the same seller, year, number and kind, but another amount: they may be other documents. Look at them in both; say the `seller` of the sources, or set `matching.duplicates` to `report`.
    warn DuplicatesDiffer = "duplicates_differ", "Documents were left out for those of another source with another amount." { documents: u64, named: &'a str }
    /// A plan is complete and stored: what follows is writing, or waiting for approval.
    info PlanMade = "plan_made", "Plan made." { plan: &'a str, companies: u64, with_figures: u64, changes: u64, held: bool }
    /// A guard objects to a plan: nothing of it is written until `sirank apply PLAN` approves it. Look at `sirank plan` first.
    warn PlanHeld = "plan_held", "A guard objects to the plan; it waits for approval." { plan: &'a str, objection: &'a str }
    /// A new plan would be held for the same reasons as the one that waits for approval, so that one goes on waiting: `sirank apply PLAN` approves it.
    info PlanWaits = "plan_waits", "A plan waits for approval; a new one would be held for the same reasons." { plan: &'a str, made: &'a str }
    /// What an undo puts back. `already` values were as before, `left` were written by somebody else since and stay as they are.
    info UndoPlanned = "undo_planned", "Undo planned." { plan: &'a str, undone: &'a str, values: u64, already: u64, left: u64 }
    /// Properties of the figures were changed in the CRM: what it had refused is tried again at once.
    info RefusedWritesDue = "refused_writes_due", "Properties were changed in the CRM; refused writes are tried again." { companies: u64 }
    /// The plan that was to be applied has been applied already.
    info PlanAppliedAlready = "plan_applied_already", "The plan has been applied already: there is nothing to do." { plan: &'a str }
    /// A plan for another day was approved by hand.
    info PlanOfAnotherDay = "plan_of_another_day", "The plan is for another day; it was approved by hand." { as_of: &'a str, today: &'a str }
    /// Every change of a plan has been settled.
    info PlanApplied = "plan_applied", "Plan applied." { applied: u64, refused: u64, gone: u64, moved: u64 }
    /// Writes whose outcome was unknown were looked up in the CRM.
    info UnknownSettled = "unknown_settled", "Writes with an unknown outcome were looked up." { applied: u64, not_applied: u64, moved: u64, gone: u64 }
    /// Somebody changed a value since the plan was made: it is not written over but planned again by the next run.
    warn CompanyMoved = "company_moved", "A value was changed by somebody else since the plan was made; it is planned again by the next run." { company: &'a str }
    /// The CRM refused the values of one company; `sirank failed` lists them.
    warn WriteRefused = "write_refused", "The CRM refused a write." { company: &'a str, code: &'a str, reason: &'a str }
    /// The CRM never answers the write of one company; `sirank failed` lists it.
    warn WriteUnanswered = "write_unanswered", "The CRM never answers the write of this company." { company: &'a str }
    /// A run has ended: the one summary line. `outcome` is one of those in the metric of runs.
    info RunEnded = "run_ended", "The run has ended." { command: &'a str, outcome: &'a str, seconds: f64, calls: u64, writes: u64, changes: u64, applied: u64, refused: u64 }
    /// A run has failed. What it had done is kept; `sirank runs` shows it.
    error RunFailed = "run_failed", "The run has failed." { command: &'a str, outcome: &'a str, seconds: f64, reason: &'a str }
    /// Runs, plans and changes that are older or more than is to be kept (`store.keep_days`, `store.keep_mib`) were deleted.
    info JournalPruned = "journal_pruned", "Old entries of the journal were deleted." { runs: u64, plans: u64, changes: u64, bytes: u64 }
    /// Old entries of the journal could not be deleted. Nothing else is wrong; it is tried again the next time.
    warn JournalNotPruned = "journal_not_pruned", "Old entries of the journal could not be deleted." { reason: &'a str }
    /// Something was created in the CRM by `setup`.
    info Created = "created", "Created in the CRM." { property: &'a str }

    // Remote systems ------------------------------------------------------------------------------------------------
    /// One call to a remote system. `outcome` is ok, refused, throttled, unavailable or unauthorized.
    debug Called = "called", "Call." { system: &'a str, operation: &'a str, outcome: &'a str, status: u64, millis: u64, attempt: u64, correlation: &'a str }
    /// A call failed and is made again after a pause.
    warn CallRepeated = "call_repeated", "The call failed; it will be made again." { system: &'a str, operation: &'a str, attempt: u64, wait_millis: u64, reason: &'a str, correlation: &'a str }
    /// The pace of calls was adjusted to what the server grants and others leave.
    debug PaceAdjusted = "pace_adjusted", "Pace adjusted." { limiter: &'a str, limit: u64, used: u64 }
    /// The number of sessions was adjusted to what the server sustains.
    debug SessionsAdapted = "sessions_adapted", "Sessions adapted." { system: &'a str, before: u64, now: u64, calls: u64, millis: u64 }
    /// A login was refused and is tried again.
    debug LoginRepeated = "login_repeated", "The login was refused; it is tried again." { system: &'a str, attempt: u64, reason: &'a str }
    /// The server has forgotten a session before its time.
    debug SessionLost = "session_lost", "The server has forgotten the session; another is opened." { system: &'a str }
    /// Nobody knows whether a batch was written; its companies are looked up before anything is sent again.
    warn OutcomeUnknown = "outcome_unknown", "The outcome of a write is unknown; its companies will be looked up." { system: &'a str, companies: u64, first: &'a str, reason: &'a str }
    /// A batch stopped half-way; what was not answered is looked up.
    warn BatchStopped = "batch_stopped", "A batch stopped half-way; the rest of its companies will be looked up." { system: &'a str, reason: &'a str }
    /// A company was merged into another one: the one that remains gets its figures.
    warn CompanyMerged = "company_merged", "The company was merged into another." { system: &'a str, company: &'a str, into: &'a str }
    /// The CRM refused a record of a batch without naming it; it is found by sending the records alone.
    warn RefusalUnnamed = "refusal_unnamed", "The CRM refused a record that it does not name." { system: &'a str, reason: &'a str }
    /// The CRM answered with another record or value than was sent; it is looked up.
    warn AnswerDiffers = "answer_differs", "The CRM answers with another record or value than was sent." { system: &'a str, company: &'a str, found: &'a str }
    /// The CRM had to normalise a value of sirank's. It is a fault of sirank's: please report it.
    warn ValueNormalised = "value_normalised", "The CRM had to normalise a value that sirank sent; please report this." { system: &'a str, category: &'a str, properties: &'a str }
    /// The server surrounds its answers with messages of its own; they are left out.
    warn AnswerPolluted = "answer_polluted", "The server surrounds its answers with messages; they are left out. Ask its administrator to set display_errors = Off." { system: &'a str }
    /// The authorisation of a system is gone: nothing of it is read or written until somebody renews it, as `advice` says.
    error AuthorizationLost = "authorization_lost", "The authorisation is gone." { system: &'a str, advice: &'a str }
    /// The tokens of an authorisation were renewed; they hold until `until`.
    debug TokenRenewed = "token_renewed", "The token was renewed." { system: &'a str, until: &'a str }
    /// Tokens could not be renewed; it is tried again. Nothing is lost while the old one holds.
    warn TokenRenewalRepeated = "token_renewal_repeated", "The token could not be renewed; it is tried again." { system: &'a str, attempt: u64, wait_millis: u64, reason: &'a str }
    /// A system that had refused the authorisation accepts it again.
    info AuthorizationRestored = "authorization_restored", "The authorisation works again." { system: &'a str }
    /// A long quota is used up but for the reserve: the run waits until it is full again.
    info QuotaWaited = "quota_waited", "The quota is used up but for the reserve; the run goes on when it is full again." { system: &'a str, quota: &'a str, until: &'a str }

    // Notifications -------------------------------------------------------------------------------------------------
    /// A notification was sent.
    info NotificationSent = "notification_sent", "Notification sent." { channel: &'a str, notice: &'a str }
    /// A notification could not be sent; the run goes on. It is tried again with the next one.
    warn NotificationFailed = "notification_failed", "A notification could not be sent." { channel: &'a str, notice: &'a str, reason: &'a str }
}
