"""The blocks of ICS 213 and what is written in them: labels, handling orders, our own number."""

from __future__ import annotations

import re
from typing import Any, Final

from protocols.codes import label
from protocols.formats.ics_form import LANGUAGES, Blocks
from protocols.messages.values import Precedence

NAME: Final = "ics-213"
VERSIONS: Final = ("text", "PackItForms")
MEDIA_TYPE: Final = "text/plain"
HEADINGS: Final = {
    "en": "GENERAL MESSAGE (ICS 213)",
    "es": "MENSAJE GENERAL (SCI 213)",
    "fr": "MESSAGE GÉNÉRAL (SCI 213)",
}
BLOCKS: Final = Blocks(
    {
        "incident": ("1", "Incident Name", "Nombre del incidente", "Nom de l’incident"),
        "to": ("2", "To", "Para", "Destinataire"),
        "from": ("3", "From", "De", "Expéditeur"),
        "subject": ("4", "Subject", "Asunto", "Objet"),
        "date": ("5", "Date", "Fecha", "Date"),
        "time": ("6", "Time", "Hora", "Heure"),
        "handling": ("", "Handling", "Precedencia", "Priorité"),
        "number": ("", "Message No.", "Mensaje núm.", "No de message"),
        "reference": ("", "In reply to", "En respuesta a", "En réponse à"),
        "answer": ("", "Reply requested", "Se pide respuesta", "Réponse demandée"),
        "details": ("", "Details", "Detalles", "Détails"),
        "message": ("7", "Message", "Mensaje", "Message"),
        "approved": ("8", "Approved by", "Aprobado por", "Approuvé par"),
        "reply": ("9", "Reply", "Respuesta", "Réponse"),
        "replied": ("10", "Replied by", "Respondido por", "Répondu par"),
    },
    also={
        "incident": ("Incident", "Incidente"),
        "to": ("To (Name and Position)", "À l’attention de"),
        "from": ("From (Name and Position)", "De la part de"),
        "handling": ("Precedence", "Priority", "Prioridad", "Handling Order"),
        "number": ("Message Number", "Msg No", "MsgNo"),
        "message": ("Text", "Texto", "Texte"),
        "approved": ("Signature", "Firma"),
    },
    long=("message", "reply"),
    after_long=("approved", "reply", "replied"),
)
YES: Final = {"en": "Yes", "es": "Sí", "fr": "Oui"}
HANDLING: Final = {
    label("precedence", code.value, language).casefold(): code
    for code in Precedence
    for language in LANGUAGES
} | {"r": Precedence.ROUTINE, "p": Precedence.PRIORITY, "i": Precedence.IMMEDIATE}
PACKET_SUBJECT: Final = re.compile(
    r"([A-Z0-9]{2,8}-\d{1,5}[A-Z]?)_(?:[EUO]/)?([IPR])_.*", re.DOTALL
)
_RECEIPT_TIME: Final = re.compile(r"(\S+)\s+(\d{1,2}:\d{2}(?::\d{2})?)")

Object = dict[str, Any]
