"""Could a text be the name of a person? A shape, and a list of surnames; no dictionary of people."""

from __future__ import annotations

import re
import unicodedata

HAN = "㐀-䶿一-鿿〇\U00020000-\U0003ffff"

# The surnames of 百家姓 and those common today that it lacks.
SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦"
    "昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹"
    "姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐"
    "邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁"
    "荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武"
    "符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴鬱胥能苍双闻莘党翟谭贡劳逄姬申扶堵"
    "冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿"
    "满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红"
    "游竺权逯盖益桓公仉肖闫付邸佟岳覃占代兰辜苟揭南修原战信丘谌谯由鹿冼冮尧候仝牟揣涂召库訚但展官鄢么宛亓"
    "门芦楚仓邝商钦畅妥苑税禚普泰母洛阳帅衣隋初郐逢买"
)
COMPOUND_SURNAMES = (
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛",
    "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容",
    "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马",
    "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐",
    "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生", "公户", "公玉", "公仪", "梁丘", "公仲",
    "公上", "公门", "公山", "公坚", "左丘", "公伯", "西门", "公祖", "第五", "公乘", "贯丘", "公皙",
    "南荣", "东里", "东宫", "仲长", "子书", "子桑", "即墨", "达奚", "褚师", "纳兰",
)  # fmt: skip

# What stands in such tables, begins like a name, and is none.
_WORDS_TEXT = (
    "单位 单价 单项 时间 时长 时段 金额 金属 方式 方法 方案 高度 高温 高处 车辆 车牌 车型 路段 "
    "路线 温度 项目 管理 管道 全称 全部 全省 全市 全县 文件 文号 文化程度 党员 党派 步骤 成员 成立 "
    "成本 计划 计量 安全 安置 水位 水上 水库 水利 水电 水深 房屋 房间 房产 家庭 农户 农业 农村 "
    "农田 农药 应急 应对 原因 原文 支出 支队 易燃 相关 通信 通道 国籍 国有 国家 国道 公路 公司 "
    "公斤 公里 经度 经费 经济 石油 石料 石材 黄金 白天 夏季 秋季 林业 林场 林地 林木 山体 山洪 "
    "山火 双方 解除 解决 从业 向上 后果 后续 左侧 左右 东部 南部 明细 明火 常规 常住 常年 平台 "
    "平均 平方 强度 强制 包装 包括 江河 雷击 雷电 广告 关闭 关于 连续 连接 游客 封闭 养殖 养护 "
    "融资 利用 权限 符合 能源 能力 简易 空白 空气 空调 空中 充电 易爆 信息 信访 商业 商店 商场 "
    "官方 展览 门店 门牌 仓储 仓库 库房 库存 初步 初次 普通 代码 代表 占用 占地 印刷 印染 索赔 "
    "何时 于是 阳台 阳性 红色 黄色 蓝色 白色 花炮 马路 牛羊 毛重 皮革 松木 柴油 柴火 管线 管网 "
    "管护 管控 相同 相符 满分 满足 万元 万人 万吨 公顷 向阳 元旦 国庆 明确 都有 习惯 居民 居住 "
    "居委 终止 终结 尚未 尚无 别墅 温州 台州 未知 任务 任职 任命 施工 施救 许可 解放 严重 康复 "
    "支部 宣传 席位 顾问 董事 程度 程序 诸如 盛行 危化 危房 危险 危害 危急 危重 重大 较大 一般 "
    "特大 轻微 和解 平安 常态 时效 时刻 时限 成功 成果 计数 计算 谈话 祝贺 管辖 经营 经办 房顶 "
    "应收 应付 应当 单独 单一 单数 单元 单次 包含 荣誉 储存 储备 储罐 段落 富裕 牧业 班组 班长 "
    "班次 班级 班车 宁静 司机 司法 双向 双休 通过 通知 通报 通用 边界 边坡 边防 冷库 冷却 关键 "
    "关停 相邻 查处 查封 查明 查看 红线 游泳 游艺 公安 公共 公告 公开 公示 公用 公园 原件 原料 "
    "原有 由于 修理 修改 修复 修车 展开 官兵 候车 商品 商务 门窗 仓房 代办 代理 占比 信号 信用 "
    "信箱 衣物 母亲 初期 初审 买卖 "
)
_WORDS = frozenset(_WORDS_TEXT.split())
# What ends so is a place or an office.
_ENDINGS = tuple("省市区县旗盟州镇乡村街路道岛港湖河江山厂矿店站队局所院校社部处科室厅会组库厦楼寺庙办")

_BRACKETED = re.compile(r"[(\[【〔<].*$")
_BETWEEN = re.compile(r"[、，,;；/\s]+")
_HAN_NAME = re.compile(f"[{HAN}]{{2,4}}")
_DOTTED = re.compile(f"[{HAN}]{{1,10}}(?:[·•・‧∙][{HAN}]{{1,10}})+")


def could_be_name(text: str, is_strict: bool = False) -> bool:
    """Whether all of a cell could be the name of a person, or the names of several.

    Names of two to four characters that begin with a surname, and those with a point between their parts;
    a word, place or office that begins so is none. ``is_strict``: any two to four characters could.
    """
    plain = _BRACKETED.sub("", unicodedata.normalize("NFKC", text).strip())
    if not 2 <= len(plain) <= 60:
        return False
    whole = "".join(plain.split())
    parts = [part for part in _BETWEEN.split(plain) if part]
    return any(bool(names) and all(_is_name(n, is_strict) for n in names) for names in ([whole], parts))


def _is_name(text: str, is_strict: bool) -> bool:
    if _DOTTED.fullmatch(text):
        return True
    if not _HAN_NAME.fullmatch(text):
        return False
    if is_strict:
        return True
    if text in _WORDS or (len(text) > 2 and text.endswith(_ENDINGS)):
        return False
    if text.startswith(COMPOUND_SURNAMES):
        return len(text) > 2
    return len(text) <= 3 and text[0] in SURNAMES
