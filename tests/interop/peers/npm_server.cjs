// An SMSC by npm `smpp`, driven by JSON lines: commands on stdin, events on stdout.
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const hex = (value) => (Buffer.isBuffer(value) ? value.toString('hex') : null);
const sessions = new Set();
let throttle = 0;
let last = 0x10;

function submitted(session, pdu) {
  const message = pdu.short_message;
  say({
    event: 'submit',
    source: pdu.source_addr,
    source_ton: pdu.source_addr_ton,
    destination: pdu.destination_addr,
    data_coding: pdu.data_coding,
    esm_class: pdu.esm_class,
    text: typeof message.message === 'string' ? message.message : null,
    hex: hex(message.message),
    udh: (message.udh || []).map(hex),
  });
  if (throttle > 0) {
    throttle -= 1;
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  last += 1;
  const id = last.toString(16).toUpperCase();
  session.send(pdu.response({ message_id: id }));
  if (pdu.registered_delivery & 1) {
    const text = `id:${id} sub:001 dlvrd:001 submit date:2605010830 done date:2605010831 stat:DELIVRD err:000 text:`;
    session.deliver_sm(
      {
        source_addr: pdu.destination_addr,
        destination_addr: pdu.source_addr,
        esm_class: 4,
        short_message: text,
        receipted_message_id: id,
        message_state: 2,
      },
      (answer) => say({ event: 'receipt_answered', status: answer.command_status }),
    );
  }
}

const server = smpp.createServer((session) => {
  sessions.add(session);
  const bound = (kind) => (pdu) => {
    const known = pdu.system_id === 'hill' && pdu.password === 'secret';
    session.send(
      pdu.response(
        known ? { system_id: 'npm' } : { command_status: smpp.ESME_RBINDFAIL },
      ),
    );
    say({ event: 'bind', kind, known });
  };
  for (const kind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(kind, bound(kind));
  }
  session.on('submit_sm', (pdu) => submitted(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    say({ event: 'unbind' });
    session.send(pdu.response());
    session.close();
  });
  session.on('error', () => {});
  session.on('close', () => {
    sessions.delete(session);
    say({ event: 'closed' });
  });
});
server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));

const commands = {
  throttle: ({ times }) => {
    throttle = times;
  },
  inbound: ({ source, destination, text }) => {
    for (const session of sessions) {
      session.deliver_sm(
        { source_addr: source, destination_addr: destination, short_message: text },
        (answer) => say({ event: 'inbound_answered', status: answer.command_status }),
      );
    }
  },
  inbound_parts: ({ source, destination, parts }) => {
    for (const session of sessions) {
      for (const part of parts) {
        session.deliver_sm({
          source_addr: source,
          destination_addr: destination,
          esm_class: 0x40,
          data_coding: part.data_coding,
          short_message: Buffer.from(part.hex, 'hex'),
        });
      }
    }
  },
  drop: () => {
    for (const session of sessions) session.destroy();
  },
};
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    commands[command.do](command);
    say({ event: 'done', what: command.do });
  })
  .on('close', () => process.exit(0));
