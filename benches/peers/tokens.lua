-- For wrk: each request with a login of its own, out of a file of them, one a line in base64.
--   wrk -s tokens.lua URL -- [FILE THREADS [again]]      without FILE: requests without any; `again`: and anew when all are used
-- Prints how many were answered, in how many microseconds, and how many of them were not welcome.

local threads = 0
function setup(thread)
  thread:set("share", threads)
  threads = threads + 1
end

local requests, given, again = {}, 0, false
function init(arguments)
  local begin = "GET " .. wrk.path .. " HTTP/1.1\r\nHost: localhost\r\n"
  if not arguments[1] then
    request = function() return begin .. "\r\n" end
    return
  end
  local number, shares = 0, tonumber(arguments[2])
  again = arguments[3] == "again"
  for token in io.lines(arguments[1]) do
    if number % shares == share then
      requests[#requests + 1] = begin .. "Authorization: Negotiate " .. token .. "\r\n\r\n"
    end
    number = number + 1
  end
end

function request()
  given = given + 1
  if again and given > #requests then given = 1 end
  if not requests[given] then
    io.stderr:write("there are no more tokens: mint more of them (TOKENS)\n")
    os.exit(1)
  end
  return requests[given]
end

function done(summary)
  local errors = summary.errors
  local unwelcome = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("answered %d %d %d", summary.requests, summary.duration, unwelcome))
end
