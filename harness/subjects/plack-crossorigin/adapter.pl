# Plack::Middleware::CrossOrigin under Twiggy: one application per policy, the middleware where its documentation puts it.
use strict;
use warnings;
use JSON::PP ();

# Checks the modules first, so that the message names a missing one.
my %DEBIAN = (
    'Plack::Builder'                  => 'libplack-perl',
    'Plack::Response'                 => 'libplack-perl',
    'Plack::Middleware::CrossOrigin'  => 'libplack-middleware-crossorigin-perl',
    'AnyEvent'                        => 'libanyevent-perl',
    'Twiggy::Server'                  => 'twiggy',
);
for my $module (sort keys %DEBIAN) {
    eval "require $module; 1" or do {
        print STDERR "$module is not installed; install the Debian package $DEBIAN{$module}\n";
        exit 1;
    };
}

sub below {
    my ($under) = @_;
    return "$under->{scheme}://*.$under->{host}" . ($under->{port} ? ":$under->{port}" : '');
}

sub options {
    my ($policy) = @_;
    my $names = sub { ref $_[0] ? $_[0] : '*' };
    my $origins = $policy->{origins};
    my %options = (
        origins        => $origins->{any} ? '*' : [@{ $origins->{list} // [] }, map({ below($_) } @{ $origins->{under} // [] }), @{ $origins->{glob} // [] }],
        methods        => $names->($policy->{methods}),
        headers        => $names->($policy->{headers}),
        expose_headers => $names->($policy->{expose}),
        credentials    => $policy->{credentials} ? 1 : 0,
    );
    $options{max_age} = $policy->{max_age} if defined $policy->{max_age};
    return %options;
}

sub handle {
    my ($env) = @_;
    my $path = $env->{PATH_INFO};
    my $cached = $path =~ s{\A/cached(?=/|\z)}{};
    $path = '/' if $path eq '';
    die "the handler failed\n" if $path eq '/throw';
    return [404, ['Content-Type' => 'text/plain'], ['not found']] if $path eq '/missing';
    my $response = Plack::Response->new(200, ['Content-Type' => 'text/plain', 'X-Hit' => '1', 'X-Two' => 'v']);
    $response->header($cached ? ('Cache-Control' => 'public, max-age=60') : ('Set-Cookie' => 's=1; Path=/'));
    $response->header('Vary' => 'Accept-Encoding') if $path eq '/vary';
    $response->header('Access-Control-Allow-Origin' => 'https://own.example') if $path eq '/acao';
    $response->redirect('/') if $path eq '/redirect';
    $response->status($1) if $path =~ m{\A/status/([0-9]{3})\z};
    $response->status(299) if $path eq '/options' && $env->{REQUEST_METHOD} eq 'OPTIONS';
    if ($path eq '/auth' && !defined $env->{HTTP_AUTHORIZATION}) {
        $response->status(401);
        $response->header('WWW-Authenticate' => 'Basic realm="crosscheck"');
    }
    $response->body('ok') unless $env->{REQUEST_METHOD} eq 'HEAD' || $response->status =~ /\A(?:204|205|304)\z/;
    return $response->finalize;
}

sub application {
    my ($id, $policy) = @_;
    my $builder = Plack::Builder->new;
    if (!$policy) {
        $builder->add_middleware('CrossOrigin', $id eq 'docs' ? (origins => '*') : ());
        return $builder->to_app(\&handle);
    }
    my %routes = map { $_->{path} => $_->{policy} } @{ $policy->{routes} // [] };
    $builder->add_middleware_if(sub { !exists $routes{ $_[0]{PATH_INFO} } }, 'CrossOrigin', options($policy));
    for my $path (sort grep { $routes{$_} } keys %routes) {
        $builder->add_middleware_if(sub { $_[0]{PATH_INFO} eq $path }, 'CrossOrigin', options($routes{$path}));
    }
    return $builder->to_app(\&handle);
}

my $json = JSON::PP->new->canonical;
STDOUT->autoflush(1);
sub say_line { print STDOUT $json->encode({@_}), "\n" }

my @servers;
my $policies = $json->decode(scalar <STDIN>)->{policies};
for my $id (sort keys %$policies) {
    my $policy = $policies->{$id};
    my $app = eval { application($id, $policy) };
    if (!$app) {
        say_line(policy => $id, refused => "$@");
        next;
    }
    my $ready = sub { say_line(policy => $id, ready => "http://127.0.0.1:$_[0]{port}") };
    my $server = Twiggy::Server->new(host => '127.0.0.1', port => 0, server_ready => $ready);
    $server->register_service($app);
    push @servers, $server;
}
say_line(done => JSON::PP::true, library => 'Plack::Middleware::CrossOrigin', version => $Plack::Middleware::CrossOrigin::VERSION);

my $ended = AnyEvent->condvar;
my $input = AnyEvent->io(fh => \*STDIN, poll => 'r', cb => sub { $ended->send unless sysread STDIN, my $rest, 4096 });
$ended->recv;
