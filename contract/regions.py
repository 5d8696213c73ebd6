"""Who issues plates, in three languages: Vietnam's local codes, China's provinces, Guangxi's agencies.

Old codes stay valid though the provinces were merged on 1 July 2025, so a code keeps the name that officers
know with the present one behind it. The agencies of Guangxi are those that three public lists agree on.
"""

from __future__ import annotations

import unicodedata
from typing import Literal, NamedTuple

from contract.plate_grammar import Plate
from contract.plate_kinds import PlateCountry

Language = Literal["vi", "en", "zh"]


class _ChineseProvince(NamedTuple):
    names: dict[Language, str]
    prefixes: tuple[str, ...]


# A name, after > the province it belongs to since 2025; Vietnamese and Chinese beside each other.
_VN = """
11 Cao Bằng = 高平
12 Lạng Sơn = 谅山
14 Quảng Ninh = 广宁
15 16 Hải Phòng = 海防
34 Hải Dương > Hải Phòng = 海阳 > 海防
89 Hưng Yên = 兴安
17 Thái Bình > Hưng Yên = 太平 > 兴安
35 Ninh Bình = 宁平
18 Nam Định > Ninh Bình = 南定 > 宁平
90 Hà Nam > Ninh Bình = 河南 > 宁平
19 Phú Thọ = 富寿
28 Hòa Bình > Phú Thọ = 和平 > 富寿
88 Vĩnh Phúc > Phú Thọ = 永福 > 富寿
20 Thái Nguyên = 太原
97 Bắc Kạn > Thái Nguyên = 北干 > 太原
24 Lào Cai = 老街
21 Yên Bái > Lào Cai = 安沛 > 老街
22 Tuyên Quang = 宣光
23 Hà Giang > Tuyên Quang = 河江 > 宣光
25 Lai Châu = 莱州
26 Sơn La = 山罗
27 Điện Biên = 奠边
29 30 31 32 33 40 Hà Nội = 河内
99 Bắc Ninh = 北宁
98 Bắc Giang > Bắc Ninh = 北江 > 北宁
36 Thanh Hóa = 清化
37 Nghệ An = 乂安
38 Hà Tĩnh = 河静
74 Quảng Trị = 广治
73 Quảng Bình > Quảng Trị = 广平 > 广治
75 Huế = 顺化
43 Đà Nẵng = 岘港
92 Quảng Nam > Đà Nẵng = 广南 > 岘港
76 Quảng Ngãi = 广义
82 Kon Tum > Quảng Ngãi = 昆嵩 > 广义
81 Gia Lai = 嘉莱
77 Bình Định > Gia Lai = 平定 > 嘉莱
47 Đắk Lắk = 多乐
78 Phú Yên > Đắk Lắk = 富安 > 多乐
79 Khánh Hòa = 庆和
85 Ninh Thuận > Khánh Hòa = 宁顺 > 庆和
49 Lâm Đồng = 林同
48 Đắk Nông > Lâm Đồng = 多农 > 林同
86 Bình Thuận > Lâm Đồng = 平顺 > 林同
60 39 Đồng Nai = 同奈
93 Bình Phước > Đồng Nai = 平福 > 同奈
41 50 51 52 53 54 55 56 57 58 59 TP. Hồ Chí Minh = 胡志明市
61 Bình Dương > TP. Hồ Chí Minh = 平阳 > 胡志明市
72 Bà Rịa – Vũng Tàu > TP. Hồ Chí Minh = 巴地头顿 > 胡志明市
70 Tây Ninh = 西宁
62 Long An > Tây Ninh = 隆安 > 西宁
66 Đồng Tháp = 同塔
63 Tiền Giang > Đồng Tháp = 前江 > 同塔
64 Vĩnh Long = 永隆
71 Bến Tre > Vĩnh Long = 槟椥 > 永隆
84 Trà Vinh > Vĩnh Long = 茶荣 > 永隆
65 Cần Thơ = 芹苴
83 Sóc Trăng > Cần Thơ = 朔庄 > 芹苴
95 Hậu Giang > Cần Thơ = 后江 > 芹苴
67 An Giang = 安江
68 Kiên Giang > An Giang = 坚江 > 安江
69 Cà Mau = 金瓯
94 Bạc Liêu > Cà Mau = 薄辽 > 金瓯
80 Cục Cảnh sát giao thông = 交通警察局
13 Hà Bắc > Bắc Ninh = 河北省(旧) > 北宁
"""
_ENGLISH = {
    "Cục Cảnh sát giao thông": "Traffic Police Department",
    "TP. Hồ Chí Minh": "Ho Chi Minh City",
}

# Character, pinyin, Sino-Vietnamese reading, province in Vietnamese, English and Chinese.
_CN = """
桂 GUI Quế Quảng_Tây Guangxi 广西
粤 YUE Việt Quảng_Đông Guangdong 广东
云 YUN Vân Vân_Nam Yunnan 云南
湘 XIANG Tương Hồ_Nam Hunan 湖南
贵 GUI Quý Quý_Châu Guizhou 贵州
川 CHUAN Xuyên Tứ_Xuyên Sichuan 四川
渝 YU Du Trùng_Khánh Chongqing 重庆
鄂 E Ngạc Hồ_Bắc Hubei 湖北
豫 YU Dự Hà_Nam_(TQ) Henan 河南
鲁 LU Lỗ Sơn_Đông Shandong 山东
冀 JI Ký Hà_Bắc_(TQ) Hebei 河北
苏 SU Tô Giang_Tô Jiangsu 江苏
浙 ZHE Chiết Chiết_Giang Zhejiang 浙江
闽 MIN Mân Phúc_Kiến Fujian 福建
赣 GAN Cống Giang_Tây Jiangxi 江西
皖 WAN Hoản An_Huy Anhui 安徽
京 JING Kinh Bắc_Kinh Beijing 北京
津 JIN Tân Thiên_Tân Tianjin 天津
沪 HU Hỗ Thượng_Hải Shanghai 上海
晋 JIN Tấn Sơn_Tây Shanxi 山西
陕 SHAN Thiểm Thiểm_Tây Shaanxi 陕西
甘 GAN Cam Cam_Túc Gansu 甘肃
青 QING Thanh Thanh_Hải Qinghai 青海
宁 NING Ninh Ninh_Hạ Ningxia 宁夏
新 XIN Tân Tân_Cương Xinjiang 新疆
藏 ZANG Tạng Tây_Tạng Tibet 西藏
蒙 MENG Mông Nội_Mông Inner_Mongolia 内蒙古
琼 QIONG Quỳnh Hải_Nam Hainan 海南
辽 LIAO Liêu Liêu_Ninh Liaoning 辽宁
吉 JI Cát Cát_Lâm Jilin 吉林
黑 HEI Hắc Hắc_Long_Giang Heilongjiang 黑龙江
"""

_GUANGXI = """
A Nam_Ninh Nanning 南宁
B Liễu_Châu Liuzhou 柳州
C Quế_Lâm Guilin 桂林
D Ngô_Châu Wuzhou 梧州
E Bắc_Hải Beihai 北海
F Sùng_Tả Chongzuo 崇左
G Lai_Tân Laibin 来宾
H Quế_Lâm Guilin 桂林
J Hạ_Châu Hezhou 贺州
K Ngọc_Lâm Yulin 玉林
L Bách_Sắc Baise 百色
M Hà_Trì Hechi 河池
N Khâm_Châu Qinzhou 钦州
P Phòng_Thành_Cảng Fangchenggang 防城港
R Quý_Cảng Guigang 贵港
"""


def without_marks(text: str) -> str:
    """Vietnamese text in plain Latin letters: `Quảng Đông` becomes `Quang Dong`."""
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(character for character in plain if not unicodedata.combining(character))


def _old_and_new(names: str) -> str:
    old, _, new = names.partition(" > ")
    return f"{old} ({new})" if new else old


def _vietnamese_regions() -> dict[str, dict[Language, str]]:
    regions: dict[str, dict[Language, str]] = {}
    for line in _VN.strip().splitlines():
        left, zh = line.split(" = ")
        words = left.split()
        codes = [word for word in words if word.isdigit()]
        vi = " ".join(words[len(codes) :])
        en = " > ".join(_ENGLISH.get(name, without_marks(name)) for name in vi.split(" > "))
        names: dict[Language, str] = {"vi": _old_and_new(vi), "en": _old_and_new(en), "zh": _old_and_new(zh)}
        regions.update(dict.fromkeys(codes, names))
    return regions


def _chinese_regions() -> dict[str, _ChineseProvince]:
    regions: dict[str, _ChineseProvince] = {}
    for line in _CN.strip().splitlines():
        character, pinyin, reading, vi, en, zh = (cell.replace("_", " ") for cell in line.split())
        plain = without_marks(vi.removesuffix(" (TQ)")).upper()
        initials = "".join(word[0] for word in plain.split())
        typed = (pinyin, without_marks(reading).upper(), initials, plain.replace(" ", ""))
        names: dict[Language, str] = {"vi": vi, "en": en, "zh": zh}
        regions[character] = _ChineseProvince(names, tuple(dict.fromkeys(typed)))
    return regions


VN_REGIONS = _vietnamese_regions()
"""Local code to "name when issued (name today)" per language."""

CN_REGIONS: dict[str, dict[Language, str]] = {
    character: province.names for character, province in _chinese_regions().items()
}
"""Province character to its names."""

CN_TYPED_PREFIXES: dict[str, tuple[str, ...]] = {
    character: province.prefixes for character, province in _chinese_regions().items()
}
"""Province character to what people without a Chinese keyboard type for it, pinyin first: `桂` to GUI, QUE,
QT, QUANGTAY. Several provinces can share one."""

GUANGXI_AGENCIES: dict[str, dict[Language, str]] = {
    letter: {"vi": vi.replace("_", " "), "en": en, "zh": zh}
    for letter, vi, en, zh in (line.split() for line in _GUANGXI.strip().splitlines())
}
"""Agency letter of a 桂 plate to the city that issued it."""


def region_name(plate: Plate, language: Language) -> str | None:
    """Who issued the plate, for people; None where the plate does not say.

    Vietnam: "name when issued (name today)", since officers know both. Guangxi: "province / city".
    """
    if plate.country is PlateCountry.VN:
        return VN_REGIONS[plate.region][language] if plate.region else None
    if plate.region not in CN_REGIONS:
        return None
    names = [CN_REGIONS[plate.region][language]]
    if plate.region == "桂" and plate.series in GUANGXI_AGENCIES:
        names.append(GUANGXI_AGENCIES[plate.series][language])
    return " / ".join(names)
