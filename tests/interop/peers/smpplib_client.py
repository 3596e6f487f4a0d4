"""An ESME by smpplib, driven by JSON lines: commands on stdin, events on stdout."""

import io
import json
import logging
import select
import sys

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

logging.disable(logging.CRITICAL)


def say(event, **fields):
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Esme:
    def __init__(self):
        self.client = None

    def bind(self, port, system_id, password):
        self.client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
        self.client.set_message_sent_handler(self.sent)
        self.client.set_message_received_handler(self.received)
        self.client.set_error_pdu_handler(self.refused)
        self.client.connect()
        try:
            self.client.bind_transceiver(system_id=system_id, password=password)
        except smpplib.exceptions.PDUError as error:
            say("bound", status=error.args[1])
        else:
            say("bound", status=0)

    def sent(self, pdu, **_):
        say("submitted", status=pdu.status, id=(pdu.message_id or b"").decode())

    def refused(self, pdu):
        say("submitted", status=pdu.status, id="")

    def received(self, pdu, **_):
        octets = pdu.short_message or pdu.message_payload or b""
        coding = "utf-16-be" if pdu.data_coding == 8 else "latin-1"
        told = pdu.receipted_message_id
        say(
            "deliver",
            source=pdu.source_addr.decode(),
            destination=pdu.destination_addr.decode(),
            esm_class=pdu.esm_class,
            text=octets.decode(coding),
            receipted_message_id=told.decode().rstrip("\0") if told else None,
            message_state=pdu.message_state,
        )

    def text(self, source, destination, text, flash=False):
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        for part in parts:
            self.submit(source, destination, part, coding | (0x10 if flash else 0), esm_class)

    def octets(self, source, destination, udh, body):
        octets = bytes.fromhex(udh + body)
        self.submit(source, destination, octets, 4, smpplib.consts.SMPP_GSMFEAT_UDHI)

    def submit(self, source, destination, octets, coding, esm_class):
        self.client.send_message(
            source_addr_ton=5,
            source_addr=source,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=destination,
            short_message=octets,
            data_coding=coding,
            esm_class=esm_class,
            registered_delivery=True,
        )

    def unbind(self):
        self.client.unbind()
        say("unbound")

    def drop(self):
        self.client._socket.close()
        self.client = None
        say("closed")


def main():
    esme = Esme()
    commands = io.FileIO(0)  # read one line at a time, so that select tells the truth
    while True:
        sources = [commands]
        if esme.client is not None and esme.client._socket is not None:
            sources.append(esme.client._socket)
        ready, _, _ = select.select(sources, [], [])
        if commands in ready:
            line = commands.readline()
            if not line:
                return
            command = json.loads(line)
            getattr(esme, command.pop("do"))(**command)
        elif ready:
            try:
                esme.client.read_once()
            except (smpplib.exceptions.ConnectionError, OSError):
                say("closed")
                esme.client = None


main()
