# rack-cors under Puma: one application per policy, the middleware on top of its stack, as in the README.
require 'json'

begin
  require 'puma'
  require 'puma/server'
  require 'puma/events'
  require 'rack'
  require 'rack/cors'
  require 'rack/cors/version'
rescue LoadError => error
  warn "#{error.message}; install the Debian packages puma and ruby-rack-cors"
  exit 1
end

# The named predicates of a policy, on the whole origin or on its host.
def predicate(text)
  name, argument = text.split(':', 2)
  host = ->(origin) { origin.split('://', 2)[1]&.sub(/:[0-9]+\z/, '') }
  {
    'host-ends-with' => ->(origin) { origin != 'null' && host.(origin)&.end_with?(argument) },
    'host-equals' => ->(origin) { origin != 'null' && host.(origin) == argument },
    'scheme-is' => ->(origin) { origin != 'null' && origin.split('://', 2)[0] == argument },
    'origin-in' => ->(origin) { origin != 'null' && argument.split(',').include?(origin) },
    'never' => ->(_) { false },
    'always' => ->(_) { true }
  }.fetch(name)
end

# A policy as one `allow` block; origins that alone read with credentials have another one before it.
def allow(cors, policy, path, condition)
  given = policy['origins']
  some = policy['credentials']
  if some.is_a?(Hash)
    allow_as(cors, policy, path, condition, { 'list' => some['list'] }, true)
    return allow_as(cors, policy, path, condition, given, false)
  end
  allow_as(cors, policy, path, condition, given, some)
end

def allow_as(cors, policy, path, condition, given, credentials)
  cors.allow do |resources|
    if given['any']
      resources.origins '*'
    elsif given['predicate']
      holds = predicate(given['predicate'])
      resources.origins { |source, _env| holds.(source) }
    else
      resources.origins(*(given['list'] || []), *(given['regex'] || []).map { |text| Regexp.new(text) })
    end
    options = {
      methods: policy['methods'] == 'any' ? :any : policy['methods'].map { |name| name.downcase.to_sym },
      headers: policy['headers'] == 'any' ? :any : policy['headers'],
      expose: policy['expose'],
      credentials:
    }
    options[:max_age] = policy['max_age'] if policy['max_age']
    options[:if] = condition if condition
    resources.resource(path, **options)
  end
end

class Application
  def call(env)
    path = env['PATH_INFO']
    cached = path.match?(%r{\A/cached(/|\z)})
    path = path.delete_prefix('/cached') if cached
    return [404, { 'Content-Type' => 'text/plain' }, ['not found']] if path == '/missing'
    raise 'the handler failed' if path == '/throw'

    response = Rack::Response.new(['ok'], 200, { 'Content-Type' => 'text/plain', 'X-Hit' => '1', 'X-Two' => 'v' })
    cached ? response['Cache-Control'] = 'public, max-age=60' : response['Set-Cookie'] = 's=1; Path=/'
    special(response, env, path)
    response.finish
  end

  private

  def special(response, env, path)
    case path
    when '/vary' then response['Vary'] = 'Accept-Encoding'
    when '/acao' then response['Access-Control-Allow-Origin'] = 'https://own.example'
    when '/redirect' then response.redirect('/')
    when '/options' then response.status = 299 if env['REQUEST_METHOD'] == 'OPTIONS'
    when %r{\A/status/([0-9]{3})\z} then response.status = Regexp.last_match(1).to_i
    when '/auth'
      return if env['HTTP_AUTHORIZATION']

      response.status = 401
      response['WWW-Authenticate'] = 'Basic realm="crosscheck"'
    end
  end
end

def application(id, policy)
  Rack::Builder.new do
    case id
    when 'defaults' then use Rack::Cors
    when 'docs'
      use Rack::Cors do
        allow do
          origins '*'
          resource '*', headers: :any, methods: %i[get post options]
        end
      end
    else
      routes = policy['routes'] || []
      own = routes.map { |route| route['path'] }
      use Rack::Cors do |cors|
        routes.each { |route| allow(cors, route['policy'], route['path'], nil) if route['policy'] }
        allow(cors, policy, '*', own.empty? ? nil : ->(env) { !own.include?(env['PATH_INFO']) })
      end
    end
    run Application.new
  end.to_app
end

def listen(app)
  server = Puma::Server.new(app, Puma::Events.null, min_threads: 1, max_threads: 4, environment: 'production')
  port = server.add_tcp_listener('127.0.0.1', 0).addr[1]
  server.run
  port
end

$stdout.sync = true
write = ->(line) { puts JSON.generate(line) }

JSON.parse($stdin.gets)['policies'].each do |id, policy|
  app = begin
    application(id, policy)
  rescue StandardError => error
    next write.(policy: id, refused: error.message)
  end
  write.(policy: id, ready: "http://127.0.0.1:#{listen(app)}")
end
write.(done: true, library: 'rack-cors', version: Rack::Cors::VERSION)

$stdin.read
# Exits at once; otherwise it would wait for its threads.
exit!(0)
