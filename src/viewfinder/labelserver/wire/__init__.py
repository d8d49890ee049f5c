"""Messages of the API, typed once: requests are checked against them, OpenAPI is made from them."""
