"""Reference visits for the benchmarks of sync: 60 answers, 8 findings, notes in Chinese; all of it invented."""

from __future__ import annotations

import random
import uuid

from fieldkit.model.clock import HybridClock
from fieldkit.model.document import Document, apply, prevs
from fieldkit.model.operation import Operation

__all__ = ["device_of", "visits"]

_VOCABULARY = """
会议 记录 不全 党员 签到 缺少 公示 及时 台账 整改 完成 支部 书记 主题 党日 学习 计划 落实 村务 公开 栏 内容 更新
滞后 群众 反映 走访 五户 情况 属实 建议 月底 前 补齐 资料 下次 复查 活动 场所 标识 清楚 经费 使用 规范 发展 对象
培养 考察 谈话 笔录 日期 早于 申请 集体 经济 合同 到期 未 续签 收入 入账 凭证 齐全 两委 分工 明确 网格 员 到岗
"""
_WORDS = _VOCABULARY.split()
_STATEMENTS = ("未按时公示", "记录日期前后不一致", "缺少签到", "台账与现场不符", "整改没有销号", "学习计划没有落实")


def device_of(number: int) -> str:
    """Return the id of a device by its number."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    chance = random.Random(number)
    return "".join(chance.choice(letters) for _ in range(16))


class _Pen:
    """Writes operations of one device as its session does: one tick for each answer."""

    def __init__(self, device: str, actor: str, start_ms: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.operations: list[Operation] = []
        self._device, self._actor = device, actor
        self._clock = HybridClock()
        self._now = start_ms
        self._documents: dict[str, Document] = {}

    def pause(self) -> None:
        self._now += self.chance.randrange(2_000, 90_000)

    def write(self, record: str, field: str, value: object) -> None:
        document = self._documents.get(record)
        seen = prevs(document, field, self._device)
        operation = Operation(
            self._device, len(self.operations) + 1, self._clock.tick(self._now), self._actor, record, field, value, seen
        )
        self._documents[record] = apply(document, operation)
        self.operations.append(operation)

    def sentence(self) -> str:
        return "".join(self.chance.choice(_WORDS) for _ in range(self.chance.randrange(6, 18))) + "。"

    def identifier(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def visits(count: int, *, device: int = 1, answers: int = 60, findings: int = 8, seed: int = 1) -> list[Operation]:
    """Return the operations of so many visits of one device.

    Args:
        count: Number of visits.
        device: Number of the device.
        answers: Answers of a visit; one in ten is corrected once.
        findings: Findings of a visit.
        seed: Another seed gives other visits.
    """
    pen = _Pen(
        device_of(device), f"A{device:02d}/inspector", 1_780_000_000_000 + device * 86_400_000, seed * 1000 + device
    )
    for number in range(1, count + 1):
        _visit(pen, f"d{device:02d}-{number}", answers, findings)
    return pen.operations


def _visit(pen: _Pen, number: str, answers: int, findings: int) -> None:
    visit = "visit/" + pen.identifier()
    subject = f"B-{pen.chance.randrange(100, 400):04d}"
    forms = [{"form_id": "branch_std", "version": "2026-03", "hash": "5d" * 32}]
    pen.write(visit, "meta", {"number": f"V-{number}", "subject": subject, "forms": forms, "mode": "announced"})
    pen.write(visit, "state", {"state": "open", "event": "start", "revision": 1})
    for item in range(answers):
        pen.pause()
        field = f"answer:branch_std:/data/{'abcdef'[item // 10 % 6]}/{'abcdef'[item // 10 % 6]}_item{item % 10}"
        pen.write(visit, field, _answer(pen, item))
        if pen.chance.random() < 0.1:
            pen.write(visit, field, _answer(pen, item))
        if item % 8 == 3:
            pen.write(visit, field.replace("answer:", "remark:"), pen.sentence())
    for index in range(findings):
        _finding(pen, visit, subject, f"F-{number}-{index + 1}")
    pen.write(visit, "state", {"state": "final", "event": "finalise", "revision": 1, "vector": {}})


def _answer(pen: _Pen, item: int) -> str:
    kind = item % 5
    if kind == 4:
        return pen.sentence()
    return str(pen.chance.randrange(30)) if kind == 3 else pen.chance.choice(["yes", "no", "partly", "na"])


def _finding(pen: _Pen, visit: str, subject: str, number: str) -> None:
    pen.pause()
    finding = "finding/" + pen.identifier()
    ref = f"/data/{pen.chance.choice('abcdef')}/item{pen.chance.randrange(10)}"
    pen.write(
        finding,
        "meta",
        {"number": number, "visit": visit, "subject": subject, "ref": ref, "form_id": "branch_std"},
    )
    pen.write(finding, "statement", pen.chance.choice(_STATEMENTS) + "，" + pen.sentence())
    pen.write(finding, "severity", pen.chance.choice(["S1", "S2", "S3", "S4"]))
    pen.write(finding, "category", pen.chance.choice(["records", "publicity", "organisation"]))
    pen.write(finding, "state", {"state": "draft", "event": "raise"})
