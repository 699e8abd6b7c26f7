"use strict";
require("no-such-package-of-crosscheck");
