"""What identifies a person is found in the form that its issuer gives it; figures, dates and decrees are left alone."""

from __future__ import annotations

import pytest

from casebase.domain.private_data import PrivateKind, find_private_data


def found(text: str) -> list[tuple[PrivateKind, str]]:
    return [(one.kind, text[one.start : one.end]) for one in find_private_data(text)]


@pytest.mark.parametrize(
    ("text", "kind", "quote"),
    [
        ("Gọi anh Nam 0912345678 để hỏi.", PrivateKind.PHONE, "0912345678"),
        ("Gọi 0912 345 678.", PrivateKind.PHONE, "0912 345 678"),
        ("Gọi 091.234.5678, chị Hoa", PrivateKind.PHONE, "091.234.5678"),
        ("Zalo: +84 912 345 678", PrivateKind.PHONE, "+84 912 345 678"),
        ("Máy bàn (024) 3825 1234", PrivateKind.PHONE, "(024) 3825 1234"),
        ("Máy bàn 0236-3881-888", PrivateKind.PHONE, "0236-3881-888"),
        ("Call +44 20 7946 0958 for help", PrivateKind.PHONE, "+44 20 7946 0958"),
        ("số 001085012345", PrivateKind.ID_NUMBER, "001085012345"),
        ("số 079 190 001 234.", PrivateKind.ID_NUMBER, "079 190 001 234"),
        ("CMND 012345678.", PrivateKind.ID_NUMBER, "012345678"),
        ("mã số thuế cá nhân: 8012345678", PrivateKind.TAX_CODE, "8012345678"),
        ("MST 8012345678", PrivateKind.TAX_CODE, "8012345678"),
        ("viết cho nam.nguyen@gmail.com.", PrivateKind.EMAIL, "nam.nguyen@gmail.com"),
        ("Viết cho Nam@Yahoo.com.vn", PrivateKind.EMAIL, "Nam@Yahoo.com.vn"),
        ("số tài khoản: 0011001234567 tại ngân hàng", PrivateKind.BANK_ACCOUNT, "0011001234567"),
        ("STK 1903 4567 8901 23 (Nguyễn Văn A)", PrivateKind.BANK_ACCOUNT, "1903 4567 8901 23"),
        ("account number 12345678", PrivateKind.BANK_ACCOUNT, "12345678"),
    ],
)
def test_a_number_or_address_of_a_person_is_found_whole(text: str, kind: PrivateKind, quote: str) -> None:
    assert found(text) == [(kind, quote)]


@pytest.mark.parametrize(
    "text",
    [
        "Tổng đài 1022, 1900 1234 và 18001090.",
        "Từ 01/07/2025 đến 31/12/2025, ngày 2025-07-01, năm 2024-2025.",
        "Quyết định 06/QĐ-TTg, Nghị quyết 57-NQ/TW, Kế hoạch 269/KH-UBND.",
        "1.994.045 hồ sơ, 123456 lượt, 0,123456789 và 12.345.678.901 đồng.",
        "150000000 đồng cho 20000000 người? Không: 150000000đ.",
        "Hơn 26 triệu tài khoản; số tài khoản 1.994.045 là của cả nước; số tài khoản 2024 tăng 12%.",
        "Mã số thuế 0101234567 của doanh nghiệp.",
        "Thư gửi vanthu@hanoi.gov.vn hoặc support@company.vn.",
        "Tọa độ 21.0285, 105.8542; mã 9780306406157.",
        "+31.250.000 lượt, +5%",
        "",
    ],
)
def test_what_identifies_nobody_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_number_without_its_name_is_a_tax_code_only_with_the_right_check_digit() -> None:
    digits = [int(digit) for digit in "801234567"]
    check = 10 - sum(weight * digit for weight, digit in zip((31, 29, 23, 19, 17, 13, 7, 5, 3), digits, strict=True)) % 11
    assert 0 <= check <= 9, "choose another number"
    assert found(f"Hộ kinh doanh 801234567{check}") == [(PrivateKind.TAX_CODE, f"801234567{check}")]
    assert found(f"Hộ kinh doanh 801234567{(check + 1) % 10}") == []


@pytest.mark.parametrize("number", ["000085012345", "097085012345", "001985012345"])
def test_a_number_with_no_such_province_or_century_is_no_citizens(number: str) -> None:
    assert found(f"mã {number}") == []


def test_findings_come_in_order_and_never_overlap() -> None:
    text = "STK 0011001234567, thư a.b@gmail.com, gọi 0912345678"
    assert [kind for kind, _ in found(text)] == [PrivateKind.BANK_ACCOUNT, PrivateKind.EMAIL, PrivateKind.PHONE]
