"""What HubSpot's SDK has to be able to do with the mock portal.

The SDK speaks 2026-03; the transport makes 2026-09 of it, which is all that the mock answers.
"""

import httpx
import hubspot_sdk
from hubspot_sdk import HubSpot

COMPANIES = 301
KEYS = ["name", "vat_number", "potential", "hs_lastmodifieddate"]


class Version(httpx.HTTPTransport):
    """Asks for the current version in place of the SDK's."""

    def handle_request(self, request):
        request.url = request.url.copy_with(raw_path=request.url.raw_path.replace(b"/2026-03", b"/2026-09"))
        return super().handle_request(request)


def client(base_url, token):
    return HubSpot(
        access_token=token,
        base_url=base_url,
        max_retries=0,
        http_client=httpx.Client(transport=Version(), base_url=base_url),
    )


def refused(call, status):
    """The error of a call that has to fail with this status."""
    try:
        call()
    except hubspot_sdk.APIStatusError as error:
        assert error.status_code == status, (error.status_code, error.body)
        return error
    raise AssertionError(f"expected a {status}")


def lists_all_companies_page_by_page(hub):
    first = hub.crm.objects.companies.list(limit=100, properties=KEYS, associations=["deals"])
    assert len(first.results) == 100 and first.paging.next.after
    everything = list(hub.crm.objects.companies.list(limit=100, properties=KEYS))
    assert len(everything) == len({company.id for company in everything}) == COMPANIES
    assert everything[0].properties["vat_number"] == "IT99000000010"
    with_deals = [company for company in hub.crm.objects.companies.list(limit=100, associations=["deals"])
                  if company.associations and "deals" in company.associations]
    assert len(with_deals) == 31, len(with_deals)


def refuses_a_page_above_the_limit(hub):
    error = refused(lambda: hub.crm.objects.companies.list(limit=101), 400)
    assert error.body["category"] == "VALIDATION_ERROR"


def reads_one_company_and_misses_another(hub):
    known = next(iter(hub.crm.objects.companies.list(limit=1)))
    read = hub.crm.objects.companies.get(known.id, properties=["potential", "no_such_property", "tax_code"])
    assert read.properties["potential"] == "high"
    assert "no_such_property" not in read.properties
    assert read.properties["tax_code"] is None
    assert refused(lambda: hub.crm.objects.companies.get("1"), 404).body["category"] == "OBJECT_NOT_FOUND"


def searches_with_a_filter_sort_and_pages(hub):
    filters = [{"filters": [{"property_name": "potential", "operator": "EQ", "value": "lost"}]}]
    found = hub.crm.objects.companies.search(
        after="0", filter_groups=filters, limit=50, properties=KEYS, sorts=["hs_object_id"]
    )
    assert found.total == 67 and len(found.results) == 50, found.total
    rest = hub.crm.objects.companies.search(
        after=found.paging.next.after, filter_groups=filters, limit=50, properties=KEYS, sorts=["hs_object_id"]
    )
    assert len(rest.results) == 17
    ids = [int(company.id) for company in found.results + rest.results]
    assert ids == sorted(set(ids))


def batch_reads_and_reports_what_is_missing(hub):
    page = hub.crm.objects.companies.list(limit=5)
    inputs = [{"id": company.id} for company in page.results]
    batch = hub.crm.objects.companies.batch
    read = batch.get(inputs=inputs, properties=["name"], properties_with_history=[])
    assert read.status == "COMPLETE"
    assert {result.id for result in read.results} == {entry["id"] for entry in inputs}
    raw = batch.with_raw_response.get(
        inputs=[*inputs, {"id": "1"}], properties=["name"], properties_with_history=[]
    )
    body = raw.json()
    assert raw.status_code == 207 and body["numErrors"] == 1
    assert body["errors"][0]["category"] == "OBJECT_NOT_FOUND" and body["errors"][0]["context"]["ids"] == ["1"]


def creates_updates_and_archives_a_company(hub):
    companies = hub.crm.objects.companies
    made = companies.create(associations=[], properties={"name": "Nuova S.r.l.", "vat_number": "IT00000000001"})
    assert made.properties["name"] == "Nuova S.r.l." and not made.archived
    changed = companies.update(made.id, properties={"name": "Nuova S.p.A."})
    assert changed.updated_at >= made.updated_at
    assert companies.get(made.id).properties["name"] == "Nuova S.p.A."
    companies.update(made.id, properties={"vat_number": ""})
    assert companies.get(made.id, properties=["vat_number"]).properties["vat_number"] is None
    companies.delete(made.id)
    refused(lambda: companies.get(made.id), 404)
    assert companies.get(made.id, archived=True).archived


def batch_writes_companies(hub):
    batch = hub.crm.objects.companies.batch
    made = batch.create(inputs=[
        {"associations": [], "properties": {"name": "Uno"}},
        {"associations": [], "properties": {"name": "Due"}},
    ])
    assert {result.properties["name"] for result in made.results} == {"Uno", "Due"}
    updated = batch.update(inputs=[{"id": result.id, "properties": {"potential": "low"}} for result in made.results])
    assert all(result.properties["potential"] == "low" for result in updated.results)
    bad = [{"id": made.results[0].id, "properties": {"potential": "LOW"}}]
    body = refused(lambda: batch.update(inputs=bad), 400).body
    assert body["errors"][0]["code"] == "INVALID_OPTION"
    batch.delete(inputs=[{"id": result.id} for result in made.results])
    refused(lambda: hub.crm.objects.companies.get(made.results[0].id), 404)


def creates_moves_and_finds_a_deal(hub):
    company = next(iter(hub.crm.objects.companies.list(limit=1)))
    deals = hub.crm.objects.deals
    links = [{
        "to": {"id": company.id},
        "types": [{"association_category": "HUBSPOT_DEFINED", "association_type_id": 341}],
    }]
    made = deals.create(associations=links, properties={
        "dealname": "Proposta", "pipeline": "sales", "dealstage": "sales_new", "amount": "1200.50",
    })
    assert made.properties["amount"] == "1200.5"
    read = deals.get(made.id, properties=["hs_is_closed", "hs_primary_associated_company"])
    assert read.properties["hs_is_closed"] == "false"
    assert read.properties["hs_primary_associated_company"] == company.id
    refused(lambda: deals.update(made.id, properties={"dealstage": "ecommerce_new"}), 400)
    deals.update(made.id, properties={"pipeline": "ecommerce", "dealstage": "ecommerce_won"})
    won = deals.get(made.id, properties=["hs_is_closed_won", "closedate"])
    assert won.properties["hs_is_closed_won"] == "true" and won.properties["closedate"]
    found = deals.search(
        after="0", limit=10, properties=["dealname"], sorts=[],
        filter_groups=[{"filters": [{"property_name": "dealname", "operator": "EQ", "value": "Proposta"}]}],
    )
    assert [deal.id for deal in found.results] == [made.id]
    deals.delete(made.id)


def reads_and_makes_properties(hub):
    properties = hub.crm.properties
    names = {held.name for held in properties.list("companies").results}
    assert {"name", "potential", "hs_lastmodifieddate"} <= names
    properties.groups.create("companies", name="sirank", label="SiRank")
    made = properties.create(
        "companies", name="sirank_cluster", label="Cluster", type="enumeration", field_type="select",
        group_name="sirank",
        options=[{"label": "A", "value": "A", "display_order": 0, "hidden": False}],
    )
    assert made.name == "sirank_cluster" and made.options[0].value == "A"
    again = refused(lambda: properties.create(
        "companies", name="sirank_cluster", label="Cluster", type="string", field_type="text", group_name="sirank",
    ), 409)
    assert again.body["category"] == "OBJECT_ALREADY_EXISTS"
    assert properties.get("sirank_cluster", object_type="companies").label == "Cluster"


def reads_pipelines_and_owners(hub):
    pipelines = hub.crm.pipelines.list("deals").results
    assert {"sales", "ecommerce", "other"} <= {pipeline.id for pipeline in pipelines}
    stages = {stage.id: stage.metadata for pipeline in pipelines for stage in pipeline.stages}
    assert stages["sales_won"] == {"isClosed": "true", "probability": "1.0"}
    owners = list(hub.crm.owners.list(limit=2))
    assert len(owners) == 6 and all(owner.id != str(owner.user_id) for owner in owners)


def reads_associations_in_a_batch(hub):
    linked = [company.id for company in hub.crm.objects.companies.list(limit=100, associations=["deals"])
              if company.associations]
    read = hub.crm.associations.batch.with_raw_response.get(
        "deals", from_object_type="companies", inputs=[{"id": linked[0]}]
    )
    result = read.json()["results"][0]
    assert result["from"]["id"] == linked[0] and len(result["to"]) >= 1
    kinds = {held["typeId"] for held in result["to"][0]["associationTypes"]}
    assert kinds == {342, 6}, kinds


def tells_a_wrong_token_apart(hub):
    error = refused(lambda: hub.with_options(access_token="pat-wrong").crm.objects.companies.list(limit=1), 401)
    assert error.body["category"] == "INVALID_AUTHENTICATION"


PROOFS = [
    lists_all_companies_page_by_page,
    refuses_a_page_above_the_limit,
    reads_one_company_and_misses_another,
    searches_with_a_filter_sort_and_pages,
    batch_reads_and_reports_what_is_missing,
    creates_updates_and_archives_a_company,
    batch_writes_companies,
    creates_moves_and_finds_a_deal,
    reads_and_makes_properties,
    reads_pipelines_and_owners,
    reads_associations_in_a_batch,
    tells_a_wrong_token_apart,
]
