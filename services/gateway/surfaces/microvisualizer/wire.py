"""What every resource of this dialect shares on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Query

ActorType = Literal["MEMBER", "API_KEY"]
ProjectName = Annotated[str, Field(min_length=3, max_length=60)]
ProjectDescription = Annotated[str, Field(max_length=200)]
Code = Literal[
    "bad_request", "unauthorized", "payment_required", "forbidden", "not_found", "conflict",
    "rate_limited", "internal_error", "project_not_found", "project_limit_reached",
    "service_not_found", "service_name_conflict", "subscription_not_found", "customer_not_found",
    "insufficient_ai_credits", "invalid_billing_cycle", "validation_failed",
    "resource_already_exists", "public_share_token_not_found",
]  # fmt: skip


class Error(BaseModel):
    status: int
    code: Code
    message: str
    details: str | None = None


class AtQuery(Query):
    at: str | None = Field(
        None,
        description="The moment to read at; now where it is absent or in the future.",
        json_schema_extra={"format": "date-time"},
    )
