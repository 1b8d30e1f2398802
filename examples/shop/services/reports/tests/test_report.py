import io

from reports.__main__ import main


def test_the_report_adds_the_lines_up(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("quantity,unit_price_cents\n2,1250\n1,500\n"))
    main()
    assert capsys.readouterr().out == "3000\n"
