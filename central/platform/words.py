"""What officers and exports call things: headers of columns and words in cells, Vietnamese first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_IN_BRACKETS: Final = re.compile(r"\([^)]*\)")
_NO_WORD: Final = re.compile(r"[^\w]+|_+")


def fold(text: str) -> str:
    """The text without diacritics, case and punctuation: how `Biển số xe`, `BIEN SO XE` and `Bien_so_xe` are one."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return _NO_WORD.sub(" ", "".join(sign for sign in plain if not unicodedata.combining(sign))).strip()


def fold_header(text: str) -> tuple[str, str]:
    """A header folded, with and without what stands in brackets."""
    return fold(text), fold(_IN_BRACKETS.sub(" ", text))


HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "declaration_id": ("mã tờ khai", "mã khai báo", "mã hồ sơ", "số khai báo", "số tờ khai"),
    "version": ("phiên bản", "lần sửa", "lần khai"),
    "state": ("trạng thái", "trạng thái tờ khai", "tình trạng"),
    "direction": ("chiều", "chiều xe", "chiều vào ra", "vào ra", "hướng", "方向"),
    "regime": ("loại hình", "loại hình xnk", "loại hình xuất nhập khẩu", "loại hình khai báo", "hình thức"),
    "gate": ("cửa khẩu", "tên cửa khẩu", "cửa khẩu đăng ký", "cửa khẩu làm thủ tục", "口岸"),
    "yard": ("bến bãi", "bãi", "bãi đỗ", "bãi xe", "bãi tập kết", "bến"),
    "plate": (
        "biển số xe",
        "biển số",
        "biển số đầu kéo",
        "biển số xe đầu kéo",
        "biển số phương tiện",
        "biển kiểm soát",
        "bks",
        "bsx",
        "số xe",
        "车牌号",
    ),
    "nationality": ("quốc tịch xe", "quốc tịch", "quốc tịch phương tiện", "quốc gia", "nước"),
    "trailer_plate": (
        "biển số rơ moóc",
        "biển số rơmoóc",
        "biển số moóc",
        "biển số sơ mi rơ moóc",
        "rơ moóc",
        "rơmoóc",
        "số moóc",
        "挂车号",
    ),
    "container_no": ("số container", "số công te nơ", "số cont", "container", "cont", "集装箱号"),
    "container_size_ft": (
        "cỡ container",
        "cỡ cont",
        "cỡ 20 40 45",
        "kích cỡ container",
        "kích thước container",
        "loại container",
    ),
    "seal": ("số chì", "số chì seal", "số seal", "seal", "số niêm phong", "niêm phong"),
    "transship_plate": ("biển số xe sang tải", "xe sang tải", "biển số xe nhận hàng", "xe nhận hàng"),
    "driver_name": ("họ tên lái xe", "họ và tên lái xe", "tên lái xe", "lái xe", "tài xế", "tên tài xế"),
    "driver_document": (
        "giấy tờ lái xe",
        "số giấy tờ lái xe",
        "cccd lái xe",
        "số cccd",
        "cccd",
        "cccd hộ chiếu",
        "cmnd",
        "số hộ chiếu",
        "hộ chiếu",
        "giấy thông hành",
    ),
    "driver_type": ("loại lái xe", "lái xe chuyên trách"),
    "goods": ("tên hàng hóa", "tên hàng", "hàng hóa", "mặt hàng"),
    "goods_class": ("nhóm hàng", "nhóm hàng hóa", "loại hàng", "loại hàng hóa"),
    "weight_kg": ("trọng lượng kg", "khối lượng kg", "trọng lượng hàng", "trọng lượng", "khối lượng", "số kg"),
    "weight_t": ("trọng lượng tấn", "khối lượng tấn", "số tấn", "tấn"),
    "customs_no": ("số tờ khai hải quan", "số tờ khai hq", "số tkhq", "tờ khai hải quan", "tkhq"),
    "fee_class": ("mức phí", "loại phí"),
    "fee_paid": ("trạng thái nộp phí", "tình trạng nộp phí", "trạng thái phí", "đã nộp phí", "nộp phí"),
    "said_border_guard": ("biên phòng xác nhận", "bp xác nhận", "biên phòng"),
    "said_customs": ("hải quan xác nhận", "hq xác nhận", "hải quan"),
    "said_quarantine": ("kiểm dịch xác nhận", "kd xác nhận", "kiểm dịch"),
    "said_health": ("y tế xác nhận", "kiểm dịch y tế", "y tế"),
    "said_centre": ("trung tâm qlck xác nhận", "trung tâm quản lý cửa khẩu", "trung tâm qlck", "ttqlck"),
    "said_yard": ("bến bãi xác nhận", "bãi xác nhận"),
    "expected_at": (
        "thời gian dự kiến đến",
        "thời gian dự kiến",
        "thời gian dự kiến vào",
        "ngày giờ dự kiến",
        "giờ dự kiến",
        "ngày dự kiến",
        "dự kiến đến",
    ),
    "expected_from": ("thời gian dự kiến đến từ", "thời gian dự kiến từ", "dự kiến từ", "từ ngày", "từ giờ", "từ lúc"),
    "expected_until": ("thời gian dự kiến đến hết", "dự kiến đến hết", "đến hết", "đến ngày", "đến giờ", "đến lúc"),
    "confirmed_at": ("thời gian qua cửa khẩu", "thời gian qua barie", "thời gian qua", "giờ qua"),
    "lane": (),  # what an office calls a lane is hardly ever its name here: only where the configuration says so
    "declared_at": (
        "thời điểm khai",
        "thời gian khai",
        "thời gian khai báo",
        "ngày khai",
        "ngày khai báo",
        "ngày đăng ký",
    ),
    "updated_at": ("thời gian cập nhật", "ngày cập nhật", "cập nhật lúc", "cập nhật cuối"),
    "declarant": (
        "người khai",
        "người khai báo",
        "doanh nghiệp",
        "tên doanh nghiệp",
        "đơn vị khai",
        "công ty",
        "chủ hàng",
    ),
    "agent": ("đại lý hải quan", "đại lý", "đại lý khai báo"),
    "phone": ("số điện thoại", "sđt", "điện thoại", "sđt lái xe", "số điện thoại lái xe"),
}
"""Field to what its column is called; of several columns that fit, the name that stands first wins. The field's own
name always fits too."""

_YES: Final = ("có", "rồi", "x", "đạt", "yes", "y", "true", "1", "v", "✓")
_NO: Final = ("không", "chưa", "no", "n", "false", "0")

WORDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "state": {
        "declared": (
            "đã khai",
            "mới khai",
            "đang đến",
            "chờ",
            "chờ ngoài cửa khẩu",
            "vào bãi",
            "đã vào bãi",
            "chờ kiểm tra",
            "đã xác nhận",
            "đã nộp phí",
            "tạm giữ",
        ),
        "confirmed": (
            "đã qua",
            "đã qua cửa khẩu",
            "qua barie",
            "đã qua barie",
            "đã xuất cảnh",
            "đã nhập cảnh",
            "bên kia biên giới",
            "quay về",
            "kết thúc",
            "hoàn thành",
        ),
        "cancelled": ("hủy", "đã hủy", "hủy tờ khai", "quay đầu", "chuyển cửa khẩu"),
    },
    "direction": {
        "in": ("vào", "chiều vào", "nhập", "nhập cảnh", "入", "入方向", "入境"),
        "out": ("ra", "chiều ra", "xuất", "xuất cảnh", "出", "出方向", "出境"),
    },
    "regime": {
        "import": ("nhập khẩu", "nhập", "nk", "进口"),
        "export": ("xuất khẩu", "xuất", "xk", "出口"),
        "temporary_import": ("tạm nhập tái xuất", "tạm nhập", "tntx", "暂时进口复出口"),
        "temporary_export": ("tạm xuất tái nhập", "tạm xuất", "txtn"),
        "transit": ("quá cảnh", "过境"),
        "transfer": ("chuyển khẩu",),
    },
    "nationality": {
        "VN": ("việt nam", "vietnam", "越南"),
        "CN": ("trung quốc", "tq", "china", "中国"),
        "OTHER": ("khác", "nước khác", "lào", "campuchia"),
    },
    "goods_class": {
        "fruit": ("trái cây", "hoa quả", "hoa quả tươi", "nông sản"),
        "new_vehicle": ("xe mới", "xe mới nguyên chiếc", "ô tô mới"),
        "other": ("khác", "hàng khác", "hàng hóa khác"),
    },
    "driver_type": {
        "dedicated": ("chuyên trách", "lái xe chuyên trách", *_YES),
        "long_haul": ("đường dài", "lái xe đường dài", *_NO),
    },
    "fee_paid": {
        "true": ("đã nộp", "đã nộp phí", "đã thu", "đã thanh toán", "miễn phí", *_YES),
        "false": ("chưa nộp", "chưa nộp phí", "chưa thu", "chưa thanh toán", *_NO),
    },
    "verdict": {
        "confirmed": ("đã xác nhận", "xác nhận", "đồng ý", "đã duyệt", "đã thông quan", "thông quan", *_YES),
        "refused": ("từ chối", "không đạt", "không đồng ý", "không xác nhận", "giữ lại"),
        "pending": ("chờ", "chờ xác nhận", "đang chờ", "đang xử lý", "chưa xác nhận", *_NO),
    },
}
"""Field to our word to theirs; our own word always fits too."""


def words_of(field: str, more: Mapping[str, str]) -> dict[str, str]:
    """Their word, folded, to ours; `more` (theirs to ours) goes before what is known here."""
    known = {fold(word): ours for ours, theirs in WORDS[field].items() for word in (ours, *theirs)}
    return known | {fold(theirs): ours for theirs, ours in more.items()}
