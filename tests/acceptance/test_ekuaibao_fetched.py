"""A flow of ekuaibao by its id alone: read, booked, and its voucher's number written back."""

from played import booked, playing
from running import relay_up, until

from relay.emulators import emulator
from relay.emulators.stage.serving import serving

ROUTES = """
version: 1
sources:
  hesi:
    verify: standard-webhooks
    secret: "${SECRET}"
    callback: {to: hesi-api, on: [delivered]}
    fetch:
      flow: {destination: hesi-api, path: /api/openapi/v1.1/flowDetails, query: {flowId: "{{ body.flowId }}"}}
destinations:
  hesi-api: {preset: ekuaibao, vars: {base: "${HESI}", app_key: ekuaibao-app, app_secret: ekuaibao-secret}}
  erp: {url: "${ERP}/erp", posts: true, result: [
    {when: "body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}]}
routes:
  - name: voucher
    from: hesi
    when: flow.value.state == 'paid'
    to: erp
    once: "{{ flow.value.form.code }}"
    request: {body: {number: "{{ flow.value.form.code }}", total: "{{ flow.value.form.payMoney.standard | decimal }}"}}
"""


async def test_a_flow_is_read_by_its_id_booked_and_its_voucher_written_back() -> None:
    hesi = emulator("ekuaibao")
    async with serving(hesi) as at, playing() as erp, relay_up(ROUTES, {"ERP": erp.url, "HESI": at}) as relay:
        erp.answers["/erp"] = lambda _got: booked("V-7")
        dead = (await relay.event_in(await relay.accepted("hesi", {"flowId": "unknown-1"}), "dead"))["deliveries"]
        assert [(one["route"], one["reason"]) for one in dead] == [("fetch:flow", "rejected: answered 412")]
        hesi.sessions.end_all()
        unpaid = await relay.accepted("hesi", {"flowId": "unpaid-1"})
        await relay.event_in(await relay.accepted("hesi", {"flowId": "flow1"}), "delivered")
        await relay.event_in(unpaid, "unrouted")
        assert [got.body for got in erp.at("/erp")] == [b'{"number":"B-flow1","total":21950.00}']

        async def written() -> bool:
            return [(each.number, each.document["voucherNo"]) for each in hesi.books.entries] == [("flow1", "V-7")]

        await until(written)
        assert hesi.sessions.logins == 2
