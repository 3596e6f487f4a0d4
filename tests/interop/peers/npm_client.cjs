// An ESME by npm `smpp`, driven by JSON lines: commands on stdin, events on stdout.
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');
let session = null;
let reference = 0;

function delivered(pdu) {
  session.send(pdu.response());
  const message = pdu.short_message.message || (pdu.message_payload || {}).message || '';
  say({
    event: 'deliver',
    source: pdu.source_addr,
    destination: pdu.destination_addr,
    esm_class: pdu.esm_class,
    text: message,
    receipted_message_id: pdu.receipted_message_id || null,
    message_state: pdu.message_state === undefined ? null : pdu.message_state,
  });
}

function submit(fields) {
  session.submit_sm({ source_addr_ton: 5, dest_addr_ton: 1, dest_addr_npi: 1, registered_delivery: 1, ...fields },
    (answer) => say({ event: 'submitted', status: answer.command_status, id: answer.message_id || '' }));
}

const commands = {
  bind: ({ port, system_id, password }) => {
    session = smpp.connect({ url: `smpp://127.0.0.1:${port}` }, () => {
      session.bind_transceiver({ system_id, password }, (answer) =>
        say({ event: 'bound', status: answer.command_status }));
    });
    session.on('deliver_sm', delivered);
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('error', () => {});
    session.on('close', () => say({ event: 'closed' }));
  },
  text: ({ source, destination, text, flash }) => {
    const fields = { source_addr: source, destination_addr: destination };
    const coding = smpp.encodings.detect(text) === 'UCS2' ? 8 : 0;
    const encode = smpp.encodings[coding === 8 ? 'UCS2' : 'ASCII'].encode;
    const octets = encode(text);
    const [single, room] = coding === 8 ? [140, 134] : [160, 153];
    const data_coding = flash ? 0x10 | coding : coding;
    if (octets.length <= single) {
      submit({ ...fields, data_coding, short_message: octets });
      return;
    }
    const total = Math.ceil(octets.length / room);
    reference = (reference + 1) & 255;
    for (let number = 0; number < total; number += 1) {
      const udh = Buffer.from([5, 0, 3, reference, total, number + 1]);
      submit({
        ...fields,
        data_coding,
        short_message: { udh, message: octets.subarray(number * room, (number + 1) * room) },
      });
    }
  },
  octets: ({ source, destination, udh, body }) =>
    submit({
      source_addr: source,
      destination_addr: destination,
      data_coding: 4,
      short_message: { udh: Buffer.from(udh, 'hex'), message: Buffer.from(body, 'hex') },
    }),
  unbind: () => session.unbind(() => say({ event: 'unbound' })),
  drop: () => session.destroy(),
};
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    commands[command.do](command);
  })
  .on('close', () => process.exit(0));
