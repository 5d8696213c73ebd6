"""Who issues plates: Vietnam's local codes after 1 July 2025, China's provinces, Guangxi's agencies.

Old codes stay valid though the provinces were merged, so a code keeps the name that officers know with the
present one behind it. Letters of agencies are those that three public lists agree on.
"""

from __future__ import annotations

from typing import Literal

Language = Literal["vi", "en", "zh"]

_VN_OLD_AND_NEW = """
11 Cao Bằng
12 Lạng Sơn
14 Quảng Ninh
15 16 Hải Phòng
34 Hải Dương > Hải Phòng
89 Hưng Yên
17 Thái Bình > Hưng Yên
35 Ninh Bình
18 Nam Định > Ninh Bình
90 Hà Nam > Ninh Bình
19 Phú Thọ
28 Hòa Bình > Phú Thọ
88 Vĩnh Phúc > Phú Thọ
20 Thái Nguyên
97 Bắc Kạn > Thái Nguyên
24 Lào Cai
21 Yên Bái > Lào Cai
22 Tuyên Quang
23 Hà Giang > Tuyên Quang
25 Lai Châu
26 Sơn La
27 Điện Biên
29 30 31 32 33 40 Hà Nội
99 Bắc Ninh
98 Bắc Giang > Bắc Ninh
36 Thanh Hóa
37 Nghệ An
38 Hà Tĩnh
74 Quảng Trị
73 Quảng Bình > Quảng Trị
75 Huế
43 Đà Nẵng
92 Quảng Nam > Đà Nẵng
76 Quảng Ngãi
82 Kon Tum > Quảng Ngãi
81 Gia Lai
77 Bình Định > Gia Lai
47 Đắk Lắk
78 Phú Yên > Đắk Lắk
79 Khánh Hòa
85 Ninh Thuận > Khánh Hòa
49 Lâm Đồng
48 Đắk Nông > Lâm Đồng
86 Bình Thuận > Lâm Đồng
60 39 Đồng Nai
93 Bình Phước > Đồng Nai
41 50 51 52 53 54 55 56 57 58 59 TP. Hồ Chí Minh
61 Bình Dương > TP. Hồ Chí Minh
72 Bà Rịa – Vũng Tàu > TP. Hồ Chí Minh
70 Tây Ninh
62 Long An > Tây Ninh
66 Đồng Tháp
63 Tiền Giang > Đồng Tháp
64 Vĩnh Long
71 Bến Tre > Vĩnh Long
84 Trà Vinh > Vĩnh Long
65 Cần Thơ
83 Sóc Trăng > Cần Thơ
95 Hậu Giang > Cần Thơ
67 An Giang
68 Kiên Giang > An Giang
69 Cà Mau
94 Bạc Liêu > Cà Mau
80 Cục Cảnh sát giao thông
13 Hà Bắc > Bắc Ninh
"""


def _vietnamese_codes() -> dict[str, str]:
    names: dict[str, str] = {}
    for line in _VN_OLD_AND_NEW.strip().splitlines():
        words = line.split()
        codes = [word for word in words if word.isdigit()]
        old, _, new = " ".join(words[len(codes) :]).partition(" > ")
        names.update(dict.fromkeys(codes, f"{old} ({new})" if new else old))
    return names


VN_REGIONS: dict[str, str] = _vietnamese_codes()
"""Local code to "name when issued (name today)". 80 local codes, 80 (central police) and the legacy 13."""

_CN = """
桂 GUI Quảng_Tây Guangxi QT QUE
粤 YUE Quảng_Đông Guangdong QD
云 YUN Vân_Nam Yunnan VN VAN
湘 XIANG Hồ_Nam Hunan HN
贵 GUIZ Quý_Châu Guizhou QC
川 CHUAN Tứ_Xuyên Sichuan TX
渝 YU Trùng_Khánh Chongqing TK
鄂 E Hồ_Bắc Hubei HB
豫 YUH Hà_Nam_(TQ) Henan
鲁 LU Sơn_Đông Shandong SD
冀 JI Hà_Bắc Hebei
苏 SU Giang_Tô Jiangsu GT
浙 ZHE Chiết_Giang Zhejiang CG
闽 MIN Phúc_Kiến Fujian PK
赣 GAN Giang_Tây Jiangxi
皖 WAN An_Huy Anhui AH
京 JING Bắc_Kinh Beijing BK
津 JIN Thiên_Tân Tianjin TT
沪 HU Thượng_Hải Shanghai TH
晋 JINS Sơn_Tây Shanxi ST
陕 SHAN Thiểm_Tây Shaanxi
甘 GANS Cam_Túc Gansu CT
青 QING Thanh_Hải Qinghai
宁 NING Ninh_Hạ Ningxia NH
新 XIN Tân_Cương Xinjiang TC
藏 ZANG Tây_Tạng Tibet
蒙 MENG Nội_Mông Inner_Mongolia NM
琼 QIONG Hải_Nam Hainan
辽 LIAO Liêu_Ninh Liaoning LN
吉 JIL Cát_Lâm Jilin CL
黑 HEI Hắc_Long_Giang Heilongjiang HLG
"""

CN_REGIONS: dict[str, dict[Language, str]] = {}
"""Province character to its names."""
CN_TYPED_PREFIXES: dict[str, tuple[str, ...]] = {}
"""Province character to what officers without Chinese keyboards may type for it."""
for _line in _CN.strip().splitlines():
    _character, _pinyin, _vi, _en, *_more = _line.split()
    CN_REGIONS[_character] = {"vi": _vi.replace("_", " "), "en": _en.replace("_", " "), "zh": _character}
    CN_TYPED_PREFIXES[_character] = (_pinyin, *_more)

CN_PROVINCES = "".join(CN_REGIONS)

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

GUANGXI_AGENCIES: dict[str, dict[Language, str]] = {
    letter: {"vi": vi.replace("_", " "), "en": en, "zh": zh}
    for letter, vi, en, zh in (line.split() for line in _GUANGXI.strip().splitlines())
}
"""Agency letter of a 桂 plate to the city that issued it."""
