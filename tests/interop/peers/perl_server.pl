# An SMSC by Perl's Net::SMPP, driven by JSON lines: commands on stdin, events on stdout.
use strict;
use warnings;
use IO::Select;
use JSON::PP;
use Net::SMPP;

$| = 1;
my $json = JSON::PP->new->canonical;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, smpp_version => 0x34)
    or die "cannot listen: $!";
my $waiting = IO::Select->new($listener, \*STDIN);
my (%sessions, %receipts);
my ($throttle, $last, $unread) = (0, 500, '');

sub say_event { print $json->encode({@_}), "\n" }

my %bind_response = (
    0x01 => 'bind_receiver_resp',
    0x02 => 'bind_transmitter_resp',
    0x09 => 'bind_transceiver_resp',
);
my %bind_name = (0x01 => 'bind_receiver', 0x02 => 'bind_transmitter', 0x09 => 'bind_transceiver');

sub forget {
    my ($session) = @_;
    delete $sessions{$session};
    $waiting->remove($session);
    close $session;
    say_event(event => 'closed');
}

sub submitted {
    my ($session, $pdu) = @_;
    say_event(
        event => 'submit',
        source => $pdu->{source_addr},
        source_ton => $pdu->{source_addr_ton},
        destination => $pdu->{destination_addr},
        data_coding => $pdu->{data_coding},
        esm_class => $pdu->{esm_class},
        octets => unpack('H*', $pdu->{short_message}),
    );
    if ($throttle > 0) {
        $throttle--;
        $session->submit_sm_resp(seq => $pdu->{seq}, status => 0x58, message_id => '');
        return;
    }
    my $id = ++$last;
    $session->submit_sm_resp(seq => $pdu->{seq}, message_id => "$id");
    return unless $pdu->{registered_delivery} & 1;
    my $number = $session->deliver_sm(
        source_addr => $pdu->{destination_addr},
        destination_addr => $pdu->{source_addr},
        esm_class => 4,
        short_message => "id:$id sub:001 dlvrd:001 submit date:2605010830"
            . ' done date:2605010831 stat:DELIVRD err:000 Text:',
        async => 1,
    );
    $receipts{$number} = 1;
}

sub heard {
    my ($session) = @_;
    my $pdu = $session->read_pdu();
    return forget($session) unless defined $pdu;
    my $command = $pdu->{cmd};
    if (my $answer = $bind_response{$command}) {
        my $known = $pdu->{system_id} eq 'hill' && $pdu->{password} eq 'secret';
        $session->$answer(seq => $pdu->{seq}, system_id => 'perl', status => $known ? 0 : 0x0D);
        say_event(
            event => 'bind',
            kind => $bind_name{$command},
            known => $known ? JSON::PP::true : JSON::PP::false,
        );
    }
    elsif ($command == 0x04) { submitted($session, $pdu) }
    elsif ($command == 0x15) { $session->enquire_link_resp(seq => $pdu->{seq}) }
    elsif ($command == 0x06) {
        say_event(event => 'unbind');
        $session->unbind_resp(seq => $pdu->{seq});
    }
    elsif ($command == 0x80000005) {
        my $kind = delete $receipts{$pdu->{seq}} ? 'receipt_answered' : 'inbound_answered';
        say_event(event => $kind, status => $pdu->{status});
    }
}

my %commands = (
    throttle => sub { $throttle = $_[0]{times} },
    inbound => sub {
        my ($wanted) = @_;
        $_->deliver_sm(
            source_addr => $wanted->{source},
            destination_addr => $wanted->{destination},
            short_message => $wanted->{text},
            async => 1,
        ) for values %sessions;
    },
    inbound_parts => sub {
        my ($wanted) = @_;
        for my $session (values %sessions) {
            $session->deliver_sm(
                source_addr => $wanted->{source},
                destination_addr => $wanted->{destination},
                esm_class => 0x40,
                data_coding => $_->{data_coding},
                short_message => pack('H*', $_->{hex}),
                async => 1,
            ) for @{ $wanted->{parts} };
        }
    },
    drop => sub { forget($_) for values %sessions },
);

say_event(event => 'listening', port => $listener->sockport);
while (1) {
    for my $ready ($waiting->can_read) {
        if ($ready == $listener) {
            my $session = $listener->accept or next;
            $sessions{$session} = $session;
            $waiting->add($session);
        }
        elsif ($ready == \*STDIN) {
            sysread(STDIN, $unread, 65536, length $unread) or exit 0;
            while ($unread =~ s/^(.*)\n//) {
                my $command = $json->decode($1);
                $commands{ $command->{do} }->($command);
                say_event(event => 'done', what => $command->{do});
            }
        }
        elsif (exists $sessions{$ready}) { heard($ready) }
    }
}
