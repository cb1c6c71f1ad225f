"""Speaks to Landray EKP by REST; its SOAP has a test of its own."""

import json
from base64 import b64encode
from typing import ClassVar

from aiohttp import FormData
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


def basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'relay:{password}'.encode()).decode()}"}


class Speaks(Speaker):
    wrong_login = "Unauthorized"
    missing = "不能为空"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "系统繁忙"}

    async def log_in_wrongly(self) -> Heard:
        return await self.add(self.review("B1", "1.00"), "wrong")

    async def post(self, key: str, debit: str, credit: str | None = None, **fields: str) -> Heard:
        return await self.add(self.review(key, debit) | fields)

    async def post_incomplete(self, key: str) -> Heard:
        return await self.add({"docSubject": key})

    def number(self, heard: Heard) -> str | None:
        return heard.json()["message"] if heard.json()["returnState"] == 2 else None

    def review(self, key: str, amount: str) -> dict[str, str]:
        values = json.dumps({"fd_reference": key, "fd_amount": amount})
        who = {"docCreator": '{"LoginName": "zhang"}', "fdTemplateId": self.account["fdTemplateId"]}
        return {"docSubject": f"报销 {key}", "formValues": values, "docStatus": "20", **who}

    async def add(self, fields: dict[str, str], password: str = "landray-password") -> Heard:
        form = FormData(default_to_multipart=True)
        for name, value in fields.items():
            form.add_field(name, value)
        path = "/api/km-review/kmReviewRestService/addReview"
        return await self.say("POST", path, data=form, headers=basic(password))

    async def soap(self, inside: str, password: str = "landray-password") -> Heard:
        body = (
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:web="http://webservice.review.km.kmss.landray.com/">'
            f"<soapenv:Body>{inside}</soapenv:Body></soapenv:Envelope>"
        )
        headers = {"Content-Type": "text/xml; charset=utf-8"} | basic(password)
        path = "/sys/webservice/kmReviewWebserviceService"
        return await self.say("POST", path, data=body.encode(), headers=headers)
