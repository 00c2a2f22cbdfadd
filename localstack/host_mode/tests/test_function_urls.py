import unittest

from host_mode.function_urls import cookies_of


class CookiesTest(unittest.TestCase):
    def test_the_cookies_of_an_answer_are_found(self):
        self.assertEqual(cookies_of('{"statusCode": 303, "cookies": ["a=1; Path=/", "b=2"]}'), ["a=1; Path=/", "b=2"])

    def test_answers_without_cookies_have_none(self):
        for payload in ["", "not JSON", "[]", '"text"', "{}", '{"cookies": null}', '{"cookies": [1]}', b"{}"]:
            self.assertEqual(cookies_of(payload), [])


if __name__ == "__main__":
    unittest.main()
