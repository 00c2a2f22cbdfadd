"""What LocalStack's function URLs leave out of an answer."""

import json


def cookies_of(payload):
    """The cookies that a function's answer sets: a list of its own in the payload's format 2.0, beside the headers."""
    try:
        answer = json.loads(payload)
    except ValueError:
        return []
    cookies = answer.get("cookies") if isinstance(answer, dict) else None
    return [cookie for cookie in cookies if isinstance(cookie, str)] if isinstance(cookies, list) else []


def keep_cookies():
    """Has the router of function URLs pass cookies on; without them nobody can sign in."""
    from localstack.services.lambda_ import urlrouter

    plain = urlrouter.lambda_result_to_response
    if getattr(plain, "keeps_cookies", False):
        return

    def with_cookies(result):
        response = plain(result)
        for cookie in cookies_of(result.payload):
            response.headers.add("Set-Cookie", cookie)
        return response

    with_cookies.keeps_cookies = True
    urlrouter.lambda_result_to_response = with_cookies
