"""SAP S/4HANA over OData: the token and its cookie, and what OData says of a wrong invoice."""

from staged import Scene

SYSTEM = "sap-s4-odata"


async def test_a_token_without_its_own_cookie_is_403_required(named: Scene) -> None:
    for cookies in ({}, {"SAP_SESSIONID_S4H_100": "another"}):
        named.speaks.http.cookie_jar.clear()
        named.speaks.http.cookie_jar.update_cookies(cookies)
        heard = await named.speaks.post("B1", "113.00")
        assert (heard.status, heard.headers["x-csrf-token"]) == (403, "Required")
        assert heard.text == "CSRF token validation failed"


async def test_a_cookie_without_its_token_is_403_required(named: Scene) -> None:
    named.speaks.token = ""
    assert (await named.speaks.post("B1", "113.00")).headers["x-csrf-token"] == "Required"


async def test_a_new_token_under_a_cookie_that_holds_is_the_same(named: Scene) -> None:
    assert (await named.speaks.fetch()).headers["x-csrf-token"] == named.speaks.token


async def test_an_invoice_has_the_year_of_its_posting(named: Scene) -> None:
    assert (await named.speaks.post("B1", "113.00")).json()["d"]["FiscalYear"] == "2026"


async def test_a_posting_date_may_be_written_without_a_zone(named: Scene) -> None:
    invoice = {"SupplierInvoiceIDByInvcgParty": "B1", "InvoiceGrossAmount": "113.00"}
    heard = await named.speaks.invoice(**invoice, PostingDate="2025-12-31T00:00:00")
    assert heard.json()["d"]["FiscalYear"] == "2025"


async def test_the_token_comes_by_head_too(named: Scene) -> None:
    headers = named.speaks.user() | {"x-csrf-token": "Fetch"}
    heard = await named.speaks.say("HEAD", "/sap/opu/odata/sap/API_SUPPLIERINVOICE_PROCESS_SRV/", headers=headers)
    assert heard.headers["x-csrf-token"] == named.speaks.token


async def test_what_is_wrong_is_a_400_with_a_code(named: Scene) -> None:
    invoice = {"SupplierInvoiceIDByInvcgParty": "B1", "InvoiceGrossAmount": "113.00"}
    for changed, code in (
        ({"InvoiceGrossAmount": 113}, "/IWBEP/CM_MGW_RT/176"),
        ({"InvoiceGrossAmount": "0.99"}, "M8/534"),
        ({"PostingDate": "2026-03-01"}, "/IWBEP/CM_MGW_RT/176"),
    ):
        heard = await named.speaks.invoice(**(invoice | changed))
        assert (heard.status, heard.json()["error"]["code"]) == (400, code)


async def test_a_filter_beyond_equality_is_refused(named: Scene) -> None:
    path = "/sap/opu/odata/sap/API_SUPPLIERINVOICE_PROCESS_SRV/A_SupplierInvoice"
    heard = await named.speaks.say("GET", path, headers=named.speaks.user(), params={"$filter": "DocumentDate gt 1"})
    assert heard.status == 400
