"""What the SDK of Fatture in Cloud has to be able to do with the mock."""

import datetime

import fattureincloud_python_sdk as sdk
from fattureincloud_python_sdk.exceptions import ApiException

COMPANY = 12345
INVOICES = 2618


class Api:
    """The parts of the SDK that are used here, on one client."""

    def __init__(self, base_url, token):
        client = sdk.ApiClient(sdk.Configuration(host=base_url, access_token=token))
        self.user = sdk.UserApi(client)
        self.companies = sdk.CompaniesApi(client)
        self.clients = sdk.ClientsApi(client)
        self.documents = sdk.IssuedDocumentsApi(client)


def client(base_url, token):
    return Api(base_url, token)


def refused(call, status):
    try:
        call()
    except ApiException as error:
        assert error.status == status, (error.status, error.body)
        return error
    raise AssertionError(f"expected a {status}")


def knows_its_companies(api):
    companies = api.user.list_user_companies().data.companies
    assert [company.id for company in companies] == [COMPANY]
    assert api.companies.get_company_info(COMPANY).data.name == companies[0].name


def lists_all_invoices_page_by_page(api):
    seen, page = [], 1
    while True:
        answer = api.documents.list_issued_documents(COMPANY, "invoice", page=page, per_page=100, sort="date")
        seen += answer.data
        if page >= answer.last_page:
            break
        assert answer.next_page_url == f"page={page + 1}"
        page += 1
    assert answer.total == len(seen) == len({document.id for document in seen}) == INVOICES
    dates = [document.var_date for document in seen]
    assert dates == sorted(dates)
    assert seen[0].ei_status is None and seen[0].entity.vat_number.startswith("IT990000")


def lists_credit_notes_with_positive_amounts(api):
    answer = api.documents.list_issued_documents(COMPANY, "credit_note", per_page=100)
    assert answer.total == 59 and all(document.amount_net > 0 for document in answer.data)


def filters_and_shows_details(api):
    answer = api.documents.list_issued_documents(
        COMPANY, "invoice", fieldset="detailed", per_page=100,
        q="date >= '2013-12-01' and (amount_net > 1000 or entity.name contains 'vetreria')",
    )
    assert 0 < answer.total < INVOICES
    for document in answer.data:
        assert document.var_date >= datetime.date(2013, 12, 1)
        assert document.ei_status == "accepted" and document.updated_at and document.payments_list
    refused(lambda: api.documents.list_issued_documents(COMPANY, "invoice", q="no_such_field = 1"), 400)


def carries_the_quota_headers(api):
    answer = api.documents.list_issued_documents_with_http_info(COMPANY, "invoice", per_page=1)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["ratelimit-hourlylimit"] == "1000" and int(headers["ratelimit-hourlyremaining"]) < 1000
    assert headers["ratelimit-monthlylimit"] == "40000"


def creates_reads_updates_and_deletes_a_document(api):
    item = sdk.IssuedDocumentItemsListItem(name="Consulenza", qty=2, net_price=50.25, vat=sdk.VatType(id=0, value=22))
    document = sdk.IssuedDocument(
        type=sdk.IssuedDocumentType.INVOICE,
        entity=sdk.Entity(name="Rossi S.r.l.", vat_number="IT01234567890"),
        date=datetime.date(2014, 1, 7),
        items_list=[item],
        payments_list=[sdk.IssuedDocumentPaymentsListItem(amount=122.61, due_date=datetime.date(2014, 2, 7))],
    )
    made = api.documents.create_issued_document(
        COMPANY, create_issued_document_request=sdk.CreateIssuedDocumentRequest(data=document)
    ).data
    assert (made.amount_net, made.amount_vat, made.amount_gross) == (100.5, 22.11, 122.61)
    assert made.number == 1 and made.next_due_date == datetime.date(2014, 2, 7)
    read = api.documents.get_issued_document(COMPANY, made.id).data
    assert read.entity.name == "Rossi S.r.l." and read.currency.exchange_rate == "1.00000"
    change = sdk.ModifyIssuedDocumentRequest(data=sdk.IssuedDocument(subject="Cambiato"))
    changed = api.documents.modify_issued_document(COMPANY, made.id, modify_issued_document_request=change).data
    assert changed.subject == "Cambiato" and changed.amount_net == 100.5
    api.documents.delete_issued_document(COMPANY, made.id)
    refused(lambda: api.documents.get_issued_document(COMPANY, made.id), 404)
    assert made.id in [document.id for document in api.documents.list_bin_issued_documents(COMPANY).data]


def refuses_payments_that_do_not_add_up(api):
    document = sdk.IssuedDocument(
        entity=sdk.Entity(name="Rossi S.r.l."),
        items_list=[sdk.IssuedDocumentItemsListItem(name="x", qty=1, net_price=100, vat=sdk.VatType(id=0, value=22))],
        payments_list=[sdk.IssuedDocumentPaymentsListItem(amount=1, due_date=datetime.date(2014, 2, 7))],
    )
    request = sdk.CreateIssuedDocumentRequest(data=document)
    error = refused(
        lambda: api.documents.create_issued_document(COMPANY, create_issued_document_request=request), 422
    )
    assert "totale dei pagamenti" in error.body


def creates_lists_updates_and_deletes_a_client(api):
    request = sdk.CreateClientRequest(data=sdk.Client(name="Verdi S.p.A.", vat_number="IT09876543210"))
    made = api.clients.create_client(COMPANY, create_client_request=request).data
    found = api.clients.list_clients(COMPANY, q="vat_number = 'IT09876543210'").data
    assert [held.id for held in found] == [made.id]
    change = sdk.ModifyClientRequest(data=sdk.Client(email="verdi@example.com"))
    api.clients.modify_client(COMPANY, made.id, modify_client_request=change)
    assert api.clients.get_client(COMPANY, made.id).data.email == "verdi@example.com"
    api.clients.delete_client(COMPANY, made.id)
    refused(lambda: api.clients.get_client(COMPANY, made.id), 404)


PROOFS = [
    knows_its_companies,
    lists_all_invoices_page_by_page,
    lists_credit_notes_with_positive_amounts,
    filters_and_shows_details,
    carries_the_quota_headers,
    creates_reads_updates_and_deletes_a_document,
    refuses_payments_that_do_not_add_up,
    creates_lists_updates_and_deletes_a_client,
]
