from orders.services.pricing import total_cents


def test_a_coupon_takes_its_percentage_off():
    assert total_cents([(2, 1250)], "welcome10") == 2250


def test_a_coupon_below_its_minimum_takes_nothing_off():
    assert total_cents([(1, 49_999)], "BULK15") == 49_999


def test_an_unknown_coupon_is_ignored():
    assert total_cents([(1, 100)], "NOPE") == 100
